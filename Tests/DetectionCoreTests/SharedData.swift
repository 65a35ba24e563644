import Foundation

/// Recorded data that is not part of the project: read from `NOMORI_DATA`, or from `shared/data`
/// beside the project.
enum SharedData {
  /// The file's bytes; nil, with a line that says so, when it is not there.
  static func file(_ path: String) -> Data? {
    guard let data = try? Data(contentsOf: url(path)) else {
      print("skipped: no \(path) in \(folder.path)")
      return nil
    }
    return data
  }

  /// The lines of a gzip-compressed text file; nil, with a line that says so, when it is not there.
  static func compressedLines(_ path: String) throws -> [Substring]? {
    guard FileManager.default.isReadableFile(atPath: url(path).path) else {
      print("skipped: no \(path) in \(folder.path)")
      return nil
    }
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
