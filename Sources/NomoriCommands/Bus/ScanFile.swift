internal import ArgumentParser
internal import DeviceProfiles
internal import Foundation
internal import LinuxHost
internal import Polling

/// Where a scan keeps how far it has come, so that it can go on after an interruption.
struct ScanFile {
  private let path: String
  private let heading: Heading
  /// How far the scan had come; the beginning where there is no file yet.
  let bookmark: BusScan.Bookmark

  /// What must be the same for a scan to go on.
  fileprivate struct Heading: Codable, Equatable {
    var bus: String
    var lines: [String]
    var units: [UInt8]
    var profiles: Int
  }

  fileprivate struct Content: Codable {
    struct Unit: Codable {
      var line: Int
      var unit: UInt8
      var table: String
      var address: UInt16
      var count: UInt16
    }
    var heading: Heading
    var factoryProbes: Int
    var sweptUnits: [Int]
    var found: [Unit]
  }

  /// Reads the file where it is there.
  ///
  /// - Throws: `ExitCode` 65 where it is no such file, or of another scan.
  init(_ path: String, target: String, plan: ScanPlan, language: Language) throws {
    self.path = path
    heading = Heading(
      bus: target, lines: plan.lines.map { $0?.text ?? "tcp" },
      units: plan.units.likely + plan.units.rest, profiles: plan.profiles.count)
    guard fileSize(path) != nil else {
      bookmark = BusScan.Bookmark()
      return
    }
    let bytes = try reporting { try readFile(path, maximumBytes: 1 << 20) }
    guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else {
      complain(
        language.pick(
          "\(path): expected the state of a scan, as --state writes it",
          "\(path): --state が書いたスキャンの状態が必要です"))
      throw ExitCode.dataError
    }
    guard content.heading == heading else {
      complain(
        language.pick(
          "\(path): the state of another scan (\(content.heading.bus)); "
            + "expected the same bus and options, or remove the file",
          "\(path): 別のスキャンの状態です（\(content.heading.bus)）。同じバスと指定にするか、ファイルを消してください"))
      throw ExitCode.dataError
    }
    bookmark = BusScan.Bookmark(
      factoryProbes: content.factoryProbes, sweptUnits: content.sweptUnits,
      found: content.found.compactMap(\.entry))
  }

  /// Writes how far the scan has come; nil: it has ended, and the file goes.
  ///
  /// - Throws: `ExitCode` where it cannot be written.
  func keep(_ bookmark: BusScan.Bookmark?) throws {
    guard let bookmark else {
      removeFile(path)
      return
    }
    let content = Content(
      heading: heading, factoryProbes: bookmark.factoryProbes, sweptUnits: bookmark.sweptUnits,
      found: bookmark.found.map {
        Content.Unit(
          line: $0.line, unit: $0.unit, table: $0.span.table.rawValue, address: $0.span.address,
          count: $0.span.count)
      })
    try reporting {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      // Written beside it and then moved: a power cut leaves the old or the new one.
      try encoder.encode(content).write(to: URL(filePath: path), options: .atomic)
    }
  }
}

extension ScanFile.Content.Unit {
  fileprivate var entry: BusScan.Bookmark.Unit? {
    guard let table = RegisterTable(rawValue: table), count >= 1,
      Int(address) + Int(count) <= 65536,
      count <= 125
    else { return nil }
    return BusScan.Bookmark.Unit(
      line: line, unit: unit, span: RegisterSpan(table: table, address: address, count: count))
  }
}
