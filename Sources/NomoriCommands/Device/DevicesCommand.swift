internal import ArgumentParser
internal import Commissioning
internal import DeviceProfiles
internal import SiteConfiguration

/// `nomori devices`: says which devices have a profile, and what one needs to be wired and set up.
struct DevicesCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract:
      "List the devices that have a profile, or show one as a page for wiring and setting up.")

  @Argument(
    help: ArgumentHelp(
      "A device's id, such as keller/36xiw, or words to look for.", valueName: "id-or-word"))
  var words: [String] = []

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    let files = SiteFiles()
    if words.count == 1, let word = words.first, word.contains("/") || files.profile(word) != nil {
      try show(word, in: files)
      return
    }
    let found = files.profileIDs.compactMap { profile($0, in: files) }
      .filter { $0.matches(words) }
    switch format {
    case .text:
      let listing = DeviceListing(profiles: found, language: language, style: style)
      for line in listing.lines(columns: terminalColumns) { say(line) }
    case .json: say(try json(found.map(DeviceProfile.Summary.init)))
    }
    guard found.isEmpty else { return }
    complain(
      language.pick(
        "nomori: no device has a profile with \(words.joined(separator: " "))",
        "nomori: 「\(words.joined(separator: " "))」に合うプロファイルはありません"))
    throw ExitCode.noInput
  }

  private func show(_ id: String, in files: SiteFiles) throws {
    guard files.profile(id) != nil else {
      complain(
        language.pick(
          "nomori: no profile \(id); \"nomori devices\" lists all",
          "nomori: プロファイル \(id) はありません。\"nomori devices\" で一覧を表示します"))
      throw ExitCode.noInput
    }
    guard let profile = profile(id, in: files) else { throw ExitCode.configuration }
    switch format {
    case .text:
      let text = DeviceProfileText(profile: profile, language: language, style: style)
      for line in text.lines(columns: terminalColumns) { say(line) }
    case .json: say(try json(DeviceProfile.JSON(profile)))
    }
  }

  /// The profile `id`, or nil after all that is wrong with it was said.
  private func profile(_ id: String, in files: SiteFiles) -> DeviceProfile? {
    guard let text = files.profile(id) else { return nil }
    let log = DiagnosticLog()
    let profile = ProfileDocument.read(text, id: id, into: log)
    for diagnostic in log.diagnostics { complain(diagnostic.rendered(in: language.ofMessages)) }
    return profile
  }

  private var style: TerminalStyle { TerminalStyle(isColoured: terminalColumns != nil) }

}

extension DeviceProfile {
  /// True where each of the words stands in the id, maker, model, summary or a quantity, in capitals
  /// or not.
  func matches(_ words: [String]) -> Bool {
    let texts =
      [id, maker, model, summary] + quantities.flatMap { [$0.id, $0.title] }
    let text = texts.joined(separator: "\n").lowercased()
    return words.allSatisfy { text.contains($0.lowercased()) }
  }
}
