internal import DetectionCore
internal import DeviceProfiles
internal import Polling

/// Says what a scan found.
struct ScanReport {
  let target: BusTarget
  /// The bus as it was typed.
  let name: String
  let format: OutputFormat
  let language: Language

  /// More guesses than this help nobody.
  private static let shownGuesses = 6

  private var style: TerminalStyle { TerminalStyle(isColoured: terminalColumns != nil) }

  /// Says one unit as soon as it is known.
  func say(_ unit: FoundUnit) {
    guard format == .text else {
      if let text = try? json(FoundUnit.JSON(unit)) { NomoriCommands.say(text) }
      return
    }
    let line = unit.line.map { "\($0.text)  " } ?? ""
    let address = language.pick("unit \(unit.unit)", "ユニット \(unit.unit)")
    NomoriCommands.say(
      style.bold("\(line)\(address)") + "  " + style.dim(unit.responseTime.asMilliseconds) + "  "
        + text(unit.guesses)
        + (unit.serverText.map { style.dim(language.pick("  says ", "  自己申告 ") + "\"\($0)\"") }
          ?? ""))
  }

  private func text(_ guesses: [FoundUnit.Guess]) -> String {
    let recognised = guesses.filter { $0.strength == .recognised }.map(\.profile)
    guard recognised.isEmpty else {
      return style.green(recognised.joined(separator: language.pick(" or ", " または ")))
    }
    guard !guesses.isEmpty else {
      return style.dim(language.pick("no profile fits", "合うプロファイルなし"))
    }
    let shown = guesses.prefix(Self.shownGuesses).map(\.profile).joined(separator: ", ")
    let more = guesses.count > Self.shownGuesses ? ", …" : ""
    return style.yellow(language.pick("perhaps ", "候補: ")) + shown + more
  }

  /// Says what is to be known at the end.
  func end(_ scan: BusScan, isInterrupted: Bool) {
    for answer in scan.damagedAnswers {
      let line = answer.line.map { "\($0.text) " } ?? ""
      let link = target.link(answer.line ?? LineOptions.usual)
      let fault = answer.fault.text(port: link.name, in: language)
      complain(
        language.pick(
          "\(line)unit \(answer.unit): \(fault)", "\(line)ユニット \(answer.unit): \(fault)"))
    }
    if scan.answersEveryUnit {
      complain(
        language.pick(
          "the server answers whatever unit address it is asked at: one device",
          "どのユニットアドレスにも応答します。機器は一台です"))
    }
    complain(closing(scan, isInterrupted: isInterrupted))
  }

  private func closing(_ scan: BusScan, isInterrupted: Bool) -> String {
    let count = scan.found.count
    var text =
      isInterrupted
      ? language.pick("interrupted: ", "中断: ") : ""
    text += language.pick(
      "\(count) \(count == 1 ? "unit" : "units") found, \(scan.probeCount) requests",
      "\(count) 台を発見、要求 \(scan.probeCount) 回")
    if count == 0, !isInterrupted {
      text += language.pick(
        "; check power, A and B, and termination, or try --timeout 1000",
        "。電源、A と B の配線、終端を確かめるか、--timeout 1000 を試してください")
    }
    if let example = example(scan) { text += "\n" + language.pick("next: ", "次に: ") + example }
    return text
  }

  /// A command that reads what was found first.
  private func example(_ scan: BusScan) -> String? {
    guard let unit = scan.found.first else { return nil }
    var line = ""
    if let settings = unit.line {
      line = " --baud \(settings.baud) --parity \(settings.parity.rawValue)"
    }
    guard let guess = unit.guesses.first else {
      return "nomori read \(name) --unit \(unit.unit)\(line) --table holding 0,8"
    }
    return "nomori read \(name) --unit \(unit.unit)\(line) --profile \(guess.profile)"
  }
}
