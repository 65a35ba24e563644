internal import ArgumentParser
internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import GatewayRuntime
internal import LinuxHost
internal import Polling
internal import SiteConfiguration

/// `nomori check --live`: holds the wiring against the site file.
struct LiveWiring {
  let site: Site
  let format: OutputFormat
  let language: Language

  /// What was counted on the way.
  private struct Tally {
    var report: ReadReport
    var others = 0
  }

  /// Reads each point once and says what it showed.
  ///
  /// - Throws: `ExitCode` 69 where something is silent, 65 where a value cannot be right or a device
  ///   is another one.
  func check() throws {
    var progress = ProgressLine()
    var tally = Tally(report: ReadReport(format: format, language: language))
    let check = LiveCheck(site: site)
    progress.show(language.pick("reading the devices…", "機器を読み出しています…"))
    check.run { device in
      progress.clear()
      say(device, &tally)
      progress.show(language.pick("\(device.id) done…", "\(device.id) 完了…"))
    }
    progress.clear()
    if format == .text { close(tally, check) }
    try tally.report.end()
    if tally.others > 0 { throw ExitCode.dataError }
  }

  private func say(_ device: LiveDevice, _ tally: inout Tally) {
    if case .mismatch = device.identity, !device.ignoresIdentity { tally.others += 1 }
    let readings = device.readings + device.outputs
    tally.report.count(readings)
    switch format {
    case .json:
      if let text = try? json(Facts(device)) { NomoriCommands.say(text) }
    case .text:
      let style = TerminalStyle(isColoured: terminalColumns != nil)
      let page = LivePage(
        link: device.link, language: language, style: style, widths: (idWidth, 8, 4))
      NomoriCommands.say(page.heading(device))
      if let fault = device.portFault {
        NomoriCommands.say("  " + style.red(language.words(fault, link: device.link)))
        return
      }
      for line in page.lines(readings, columns: terminalColumns) { NomoriCommands.say(line) }
    }
  }

  private func close(_ tally: Tally, _ check: LiveCheck) {
    let report = tally.report
    let computed = names(of: .computed, check)
    if !computed.isEmpty {
      NomoriCommands.say(
        language.pick("computed, not read: \(computed)", "計算による点（読み出しなし）: \(computed)"))
    }
    let heard = names(of: .heard, check)
    if !heard.isEmpty {
      NomoriCommands.say(
        language.pick(
          "sent by sensors on lines, not read: \(heard)", "センサーが送る点（読み出しなし）: \(heard)"))
    }
    var text = language.pick(
      "\(report.count) \(report.count == 1 ? "value" : "values"): \(report.count - report.silent - report.implausible) good, "
        + "\(report.silent) missing, \(report.implausible) implausible",
      "\(report.count) 件: 正常 \(report.count - report.silent - report.implausible)、"
        + "値なし \(report.silent)、ありえない値 \(report.implausible)")
    if tally.others > 0 {
      text += language.pick(
        "; \(tally.others) of the devices are other ones", "。別の機器 \(tally.others) 台")
    }
    NomoriCommands.say(text)
  }

  private var idWidth: Int {
    (site.description.points.map(\.id) + site.description.outputs.map(\.id))
      .map(TerminalText.width).max() ?? 0
  }

  private func names(of origin: LiveCheck.Origin, _ check: LiveCheck) -> String {
    site.description.points.indices.filter { check.origin(ofPoint: $0) == origin }
      .map { site.description.points[$0].id }.joined(separator: ", ")
  }

  /// A device for programs.
  private struct Facts: Encodable {
    var bus: String
    var port: String
    var device: String
    var unit: UInt8
    var profile: String
    var identity: String
    var identityIgnored: Bool
    var problem: String?
    var points: [LiveFacts]
    var outputs: [LiveFacts]

    init(_ device: LiveDevice) {
      bus = device.bus
      port = device.link.name
      self.device = device.id
      unit = device.unit
      profile = device.profile.id
      identity =
        switch device.identity {
        case .confirmed: "confirmed"
        case .mismatch: "mismatch"
        case .unknown: "unknown"
        }
      identityIgnored = device.ignoresIdentity
      problem = device.portFault?.explanation(link: device.link)
      points = device.readings.map { LiveFacts($0, link: device.link) }
      outputs = device.outputs.map { LiveFacts($0, link: device.link) }
    }
  }
}
