import Foundation

/// Tables that real instruments recorded, where they are present.
enum RecordedTables {
  /// `NOMORI_DATA`, else `../shared/data` beside the package.
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["NOMORI_DATA"] {
      return URL(fileURLWithPath: path)
    }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("shared/data")
  }()

  /// True where the folder exists.
  static var arePresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

  /// The bytes of a file below the folder, unpacked where its name ends with `.gz`.
  static func bytes(_ name: String) throws -> [UInt8] {
    let file = folder.appendingPathComponent(name)
    guard name.hasSuffix(".gz") else { return [UInt8](try Data(contentsOf: file)) }
    let gzip = Process()
    let output = Pipe()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-dc", file.path]
    gzip.standardOutput = output
    try gzip.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    gzip.waitUntilExit()
    guard gzip.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
    return [UInt8](data)
  }
}
