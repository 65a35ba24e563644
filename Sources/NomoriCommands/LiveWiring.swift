internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import GatewayStatus
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

  /// Reads each point once and says what it showed; where a gateway of the site runs, it has the
  /// ports, and its newest readings are said.
  ///
  /// - Throws: `ExitCode` 69 where something is silent, 65 where a value cannot be right or a device
  ///   is another one.
  func check() throws {
    let clock = HostClock()
    if let report = try? SiteStatus.ask(site), report.site == site.description.id {
      return try tell(report, at: clock.now)
    }
    var progress = ProgressLine()
    var tally = Tally(report: ReadReport(format: format, language: language))
    let check = LiveCheck(site: site, clock: clock)
    progress.show(language.pick("reading the devices…", "機器を読み出しています…"))
    check.run { device in
      progress.clear()
      say(device, &tally)
      progress.show(language.pick("\(device.id) done…", "\(device.id) 完了…"))
    }
    progress.clear()
    if format == .text { close(tally, computed: names { check.isComputed($0) }) }
    try tally.report.end()
    if tally.others > 0 { throw ExitCode.dataError }
  }

  /// Says the newest readings of a gateway that runs.
  private func tell(_ report: SiteStatus, at now: Instant) throws {
    var tally = Tally(report: ReadReport(format: format, language: language))
    let readings = report.readings(of: site, at: now)
    tally.report.count(readings)
    switch format {
    case .json:
      NomoriCommands.say(
        try json(GatewayFacts(points: readings.map { LiveFacts($0, port: "", examinedAt: now) })))
    case .text:
      let heading = language.pick(
        "the gateway runs and has the ports; its newest readings (nomori doctor --live tells of the "
          + "devices):",
        "ゲートウェイが動作中でポートを使っています。その最新の値（機器の様子は nomori doctor --live）:")
      for line in TerminalText.wrap(heading, columns: terminalColumns)
        + page(port: "", at: now).lines(readings, columns: terminalColumns)
      {
        NomoriCommands.say(line)
      }
      close(tally, computed: "")
    }
    try tally.report.end()
  }

  private func page(port: String, at now: Instant) -> LivePage {
    LivePage(
      port: port, language: language, style: TerminalStyle(isColoured: terminalColumns != nil),
      examinedAt: now, widths: (idWidth, 8, 4))
  }

  private func say(_ device: LiveDevice, _ tally: inout Tally) {
    if device.isStranger { tally.others += 1 }
    let readings = device.readings + device.outputs
    tally.report.count(readings)
    switch format {
    case .json:
      if let text = try? json(Facts(device)) { NomoriCommands.say(text) }
    case .text:
      let page = page(port: device.port, at: device.examinedAt)
      NomoriCommands.say(page.heading(device))
      if let fault = device.portFault {
        NomoriCommands.say("  " + page.style.red(language.words(fault, port: device.port)))
        return
      }
      for line in page.lines(readings, columns: terminalColumns) { NomoriCommands.say(line) }
    }
  }

  private func close(_ tally: Tally, computed: String) {
    let report = tally.report
    if !computed.isEmpty {
      NomoriCommands.say(
        language.pick("computed, not read: \(computed)", "計算による点（読み出しなし）: \(computed)"))
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

  private func names(where isNamed: (_ place: Int) -> Bool) -> String {
    site.description.points.indices.filter(isNamed)
      .map { site.description.points[$0].id }.joined(separator: ", ")
  }

  /// The readings of a gateway that runs, for programs.
  private struct GatewayFacts: Encodable {
    var points: [LiveFacts]
  }

  /// A device for programs.
  private struct Facts: Encodable {
    var bus: String
    var port: String
    var device: String
    /// Absent for line sensors, as is the profile.
    var unit: UInt8?
    var profile: String?
    var identity: String
    var identityIgnored: Bool
    var problem: String?
    var points: [LiveFacts]
    var outputs: [LiveFacts]

    init(_ device: LiveDevice) {
      bus = device.bus
      port = device.port
      self.device = device.id
      unit = device.unit
      profile = device.profile
      identity =
        switch device.identity {
        case .confirmed: "confirmed"
        case .mismatch: "mismatch"
        case .unknown: "unknown"
        }
      identityIgnored = device.ignoresIdentity
      problem = device.portFault?.explanation(port: device.port)
      points = device.readings.map {
        LiveFacts($0, port: device.port, examinedAt: device.examinedAt)
      }
      outputs = device.outputs.map { LiveFacts($0, port: device.port) }
    }
  }
}
