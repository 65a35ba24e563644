internal import ArgumentParser
internal import LinuxHost

/// For whom a command writes.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// For people.
  case text
  /// For programs: JSON.
  case json
}

/// For whom a command writes, and in which language, as options.
struct OutputOptions: ParsableArguments {
  @Option(help: "Write text for people, or json for programs.")
  var format = OutputFormat.text

  @Option(help: "The language of text and messages.")
  var language = Language.preferred
}

/// A command that writes what it found for people or for programs.
protocol ReportingCommand: ParsableCommand {
  /// As it was asked for.
  var output: OutputOptions { get }
}

extension ReportingCommand {
  var format: OutputFormat { output.format }
  var language: Language { output.language }
}

/// The columns of the terminal on standard output; nil where it is none.
var terminalColumns: Int? { terminalSize()?.columns }
