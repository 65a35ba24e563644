import Foundation
import Testing

/// Recorded data that is not part of the project: read from `NOMORI_DATA`, or from `shared/data`
/// beside the project.
enum SharedData {
  /// True where it is there, or somebody says where it ought to be: then tests fail without it.
  static var isExpected: Bool {
    ProcessInfo.processInfo.environment["NOMORI_DATA"] != nil
      || FileManager.default.fileExists(atPath: folder.path)
  }
  static let skipped: Comment =
    "skipped: no recorded data; NOMORI_DATA names the folder that holds it"

  /// The file's bytes.
  static func file(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  /// The lines of a gzip-compressed text file.
  static func compressedLines(_ path: String) throws -> [Substring] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", url(path).path]
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
    return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
  }

  private static var folder: URL {
    if let path = ProcessInfo.processInfo.environment["NOMORI_DATA"] {
      return URL(fileURLWithPath: path)
    }
    return URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("shared/data")
  }

  private static func url(_ path: String) -> URL { folder.appendingPathComponent(path) }
}
