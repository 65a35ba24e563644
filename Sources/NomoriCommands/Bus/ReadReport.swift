internal import ArgumentParser
internal import Commissioning
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

/// Says what was read once, and ends with the exit code for it: 69 where something is silent, 65
/// where something cannot be right.
struct ReadReport {
  let format: OutputFormat
  let language: Language
  /// Columns for ids at least, so that the readings of several devices stand below each other.
  private let idWidth: Int
  private(set) var silent = 0
  private(set) var implausible = 0
  private(set) var count = 0

  init(format: OutputFormat, language: Language, ids: [String] = []) {
    self.format = format
    self.language = language
    idWidth = ids.map(TerminalText.width).max() ?? 0
  }

  /// Counts readings that are said elsewhere.
  mutating func count(_ readings: [LiveReading]) {
    count += readings.count
    silent += readings.filter { $0.flag == .missing }.count
    implausible += readings.filter { $0.flag == .suspect || $0.flag == .fail }.count
  }

  /// Says some readings of one bus.
  mutating func add(_ readings: [LiveReading], port: String) {
    count(readings)
    guard format == .text else {
      for reading in readings {
        if let object = try? json(LiveReading.JSON(reading, port: port)) { say(object) }
      }
      return
    }
    let columns = terminalColumns
    let text = LiveReadingText(
      port: port, language: language, style: TerminalStyle(isColoured: columns != nil),
      widths: (idWidth, 8, 4))
    for line in text.lines(readings, columns: columns) { say(line) }
  }

  /// Ends.
  ///
  /// - Throws: the exit code, where something was not well.
  func end() throws {
    if silent > 0 { throw ExitCode.unavailable }
    if implausible > 0 { throw ExitCode.dataError }
  }
}

/// Loads the profile `id` of a Modbus device, saying all that is wrong with it.
///
/// - Throws: `ExitCode` 66 where there is none, 78 where it cannot be used, 64 where it is of a
///   device that does not speak Modbus.
func loadProfile(_ id: String, language: Language) throws -> DeviceProfile {
  guard let text = SiteFiles().profile(id) else {
    complain(
      language.pick(
        "nomori: no profile \(id); \"nomori devices\" lists all",
        "nomori: プロファイル \(id) はありません。\"nomori devices\" で一覧を表示します"))
    throw ExitCode.noInput
  }
  let log = DiagnosticLog()
  let profile = ProfileDocument.read(text, id: id, into: log)
  for diagnostic in log.diagnostics { complain(diagnostic.rendered(in: language.ofMessages)) }
  guard let profile else { throw ExitCode.configuration }
  guard profile.line == nil else {
    throw refusal(
      language, "\(id) does not speak Modbus; expected the profile of a device that does",
      "\(id) は Modbus 機器ではありません。Modbus 機器のプロファイルが必要です")
  }
  return profile
}
