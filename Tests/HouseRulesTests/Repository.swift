import Foundation

/// The project's own files, found from where this file stands.
enum Repository {
  static let root: URL = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The text of a file given by its path from the root, or nothing where there is no such text.
  static func text(_ path: String) -> String? {
    try? String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// Every file that git keeps or would keep, by its path from the root, in order of name.
  ///
  /// Without git (an unpacked archive) these are all files that do not lie in a hidden folder.
  static let files: [String] = {
    let listing = try? run(
      "git", "-C", root.path, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    let kept = (listing ?? "").split(separator: "\0").map(String.init)
      .filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }
    return (kept.isEmpty ? walk() : Array(Set(kept))).sorted()
  }()

  /// The Swift files below `Sources` or `Tests`.
  static func swiftFiles(below folder: String) -> [SourceFile] {
    files.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".swift") }
      .compactMap { path in text(path).map { SourceFile(path: path, text: $0) } }
  }

  static let sources: [SourceFile] = swiftFiles(below: "Sources")

  static let tests: [SourceFile] = swiftFiles(below: "Tests")

  /// The names of the folders directly below a folder.
  static func folders(below folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      at: root.appending(path: folder), includingPropertiesForKeys: [.isDirectoryKey]
    )
    .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
    .map(\.lastPathComponent).sorted()
  }

  /// What a command prints on standard output; throws when it cannot run or does not exit with 0.
  static func run(_ arguments: String...) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CommandFailed(command: arguments, status: process.terminationStatus)
    }
    return String(decoding: data, as: UTF8.self)
  }

  struct CommandFailed: Error {
    let command: [String]
    let status: Int32
  }

  private static func walk() -> [String] {
    let start = root.path + "/"
    let found = FileManager.default.enumerator(
      at: root, includingPropertiesForKeys: [.isRegularFileKey], options: .skipsHiddenFiles)
    return (found?.allObjects as? [URL] ?? [])
      .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
      .map { String($0.path.dropFirst(start.count)) }
  }
}

/// A Swift file, as it stands and with its comments and strings blanked out.
struct SourceFile: Sendable {
  /// From the root: `Sources/Polling/BusEngine.swift`.
  let path: String
  let lines: [Substring]
  /// As long as `lines`: what the compiler takes for code.
  let code: [Substring]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    code = SwiftCode.blanked(text).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The folder below `Sources` or `Tests`.
  var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

  /// The modules it imports, with the lines, counted from 1.
  var imports: [(module: String, line: Int)] {
    let pattern =
      /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)/
    return code.enumerated().compactMap { index, line in
      guard line.contains("import"), let match = line.prefixMatch(of: pattern) else { return nil }
      return (String(match.1), index + 1)
    }
  }

  /// `path:line: text`, as an editor takes it.
  func location(_ line: Int) -> String {
    "\(path):\(line): \(lines[line - 1].drop(while: { $0 == " " }))"
  }
}
