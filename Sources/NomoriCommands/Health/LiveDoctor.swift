internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import GatewayStatus
internal import LinuxHost
internal import SiteConfiguration

/// `nomori doctor --live`: how a running gateway and its buses do.
struct LiveDoctor {
  let site: Site
  let format: OutputFormat
  let language: Language

  /// Asks once and says what came.
  ///
  /// - Throws: `ExitCode` 69 where something is to be mended or the gateway does not answer, 66 where
  ///   none runs or this user may not ask.
  func check() throws {
    let report: SiteStatus
    do throws(SiteStatus.Refusal) {
      report = try SiteStatus.ask(site)
    } catch {
      complain("nomori: " + text(error))
      throw exitCode(error)
    }
    let healthCheck = GatewayHealthCheck(language: language, report: report)
    switch format {
    case .json: say(try json(Result(report, healthCheck.findings)))
    case .text: for line in lines(healthCheck, columns: terminalColumns) { say(line) }
    }
    if healthCheck.findings.verdict == .problem { throw ExitCode.unavailable }
  }

  /// Asks every second and keeps the terminal showing what came, until ^C.
  ///
  /// - Throws: As `check`, by what came last.
  func watch() throws {
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let screen = TerminalScreen()
    defer { screen.close() }
    var end: ExitCode?
    repeat {
      let size = terminalSize() ?? (columns: 80, rows: 24)
      do throws(SiteStatus.Refusal) {
        let healthCheck = GatewayHealthCheck(language: language, report: try SiteStatus.ask(site))
        screen.draw(Array(lines(healthCheck, columns: size.columns).prefix(size.rows)))
        end = healthCheck.findings.verdict == .problem ? .unavailable : nil
      } catch {
        screen.draw(TerminalText.wrap(text(error), columns: size.columns))
        end = exitCode(error)
      }
    } while !stopped.wait(timeout: .seconds(1))
    if let end { throw end }
  }

  private func lines(_ healthCheck: GatewayHealthCheck, columns: Int?) -> [String] {
    let text = FindingText(language: language, columns: columns)
    let findings = healthCheck.findings
    return TerminalText.wrap(healthCheck.heading, columns: columns)
      + findings.flatMap(text.lines) + [text.closing(findings)]
  }

  private func exitCode(_ refusal: SiteStatus.Refusal) -> ExitCode {
    switch refusal {
    case .notRunning, .forbidden, .refused: .noInput
    case .silent, .unreadable: .unavailable
    }
  }

  private func text(_ refusal: SiteStatus.Refusal) -> String {
    let id = site.description.id
    let path = site.statusPath
    return switch refusal {
    case .notRunning:
      language.pick(
        "no gateway of \(id) runs here (nobody listens at \(path)); start it with nomori run",
        "\(id) のゲートウェイは動いていません（\(path) に応答なし）。nomori run で起動してください")
    case .forbidden:
      language.pick(
        "\(path): only the user of the gateway, or root, may ask it",
        "\(path): ゲートウェイのユーザーまたは root だけが確認できます")
    case .silent:
      language.pick(
        "the gateway of \(id) runs and does not answer; its machine may be overloaded",
        "\(id) のゲートウェイは動いていますが応答しません。機械が過負荷かもしれません")
    case .unreadable:
      language.pick(
        "\(path): no report that this version understands; is the gateway another version?",
        "\(path): 報告を読み取れません。ゲートウェイの版が違うかもしれません")
    case .refused(let error): "\(error)"
    }
  }

  /// The report and its findings, for programs.
  private struct Result: Encodable {
    var verdict: Finding.Verdict
    var findings: [Finding]
    var report: SiteStatus

    init(_ report: SiteStatus, _ findings: [Finding]) {
      verdict = findings.verdict
      self.findings = findings
      self.report = report
    }
  }
}
