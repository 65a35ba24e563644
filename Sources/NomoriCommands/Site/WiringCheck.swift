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
struct WiringCheck {
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
        try json(
          GatewayJSON(points: readings.map { LiveReading.JSON($0, port: "", examinedAt: now) })))
    case .text:
      let heading = language.pick(
        "the gateway runs and has the ports; its newest readings (nomori doctor --live tells of the "
          + "devices):",
        "ゲートウェイが動作中でポートを使っています。その最新の値（機器の様子は nomori doctor --live）:")
      for line in TerminalText.wrap(heading, columns: terminalColumns)
        + text(port: "", at: now).lines(readings, columns: terminalColumns)
      {
        NomoriCommands.say(line)
      }
      close(tally, computed: "")
    }
    try tally.report.end()
  }

  private func text(port: String, at now: Instant) -> LiveReadingText {
    LiveReadingText(
      port: port, language: language, style: TerminalStyle(isColoured: terminalColumns != nil),
      examinedAt: now, widths: (idWidth, 8, 4))
  }

  private func say(_ device: LiveDevice, _ tally: inout Tally) {
    if device.isStranger { tally.others += 1 }
    let readings = device.readings + device.outputs
    tally.report.count(readings)
    switch format {
    case .json:
      if let object = try? json(LiveDevice.JSON(device)) { NomoriCommands.say(object) }
    case .text:
      let text = text(port: device.port, at: device.examinedAt)
      NomoriCommands.say(text.heading(device))
      if let fault = device.portFault {
        NomoriCommands.say("  " + text.style.red(fault.text(port: device.port, in: language)))
        return
      }
      for line in text.lines(readings, columns: terminalColumns) { NomoriCommands.say(line) }
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

  private func names(where isNamed: (_ index: Int) -> Bool) -> String {
    site.description.points.indices.filter(isNamed)
      .map { site.description.points[$0].id }.joined(separator: ", ")
  }

  /// The readings of a gateway that runs, for programs.
  private struct GatewayJSON: Encodable {
    var points: [LiveReading.JSON]
  }
}
