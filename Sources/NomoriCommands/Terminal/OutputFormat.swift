internal import ArgumentParser

/// For whom a command writes.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// For people.
  case text
  /// For programs: JSON.
  case json
}
