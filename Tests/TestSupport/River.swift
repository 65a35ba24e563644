package import Commissioning
import Foundation
package import SiteConfiguration
package import Tables

/// The example site of the river, and courses of its level.
package enum River {
  /// The package's folder.
  package static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path(percentEncoded: false)

  package static var files: SiteFiles {
    var files = SiteFiles()
    files.profileFolders = ["\(root)Devices"]
    files.siteFolder = "\(root)deploy/sites"
    return files
  }

  /// The example site; the changes are made in its text before it is compiled.
  package static func site(changes: [(from: String, to: String)] = []) throws -> Site {
    var text = try String(contentsOfFile: "\(root)deploy/sites/river.yaml", encoding: .utf8)
    for change in changes { text = text.replacing(change.from, with: change.to) }
    return try SiteConfiguration.load(
      site: SourceText(name: "river.yaml", text: text), profiles: files.profile
    ).site
  }

  /// The river with stages that turn at once and with no limit on how fast the level may change.
  package static func nervousSite() throws -> Site {
    try site(changes: [
      ("Delay: 2 min", "Delay: 0 s"), ("Delay: 3 min", "Delay: 0 s"),
      ("Delay: 5 min", "Delay: 0 s"), ("offDelay: 10 min", "offDelay: 0 s"),
      ("{suspect: 3 m/h, fail: 12 m/h}", "{suspect: 100 m/h, fail: 200 m/h}"),
      ("{suspect: 0.15, fail: 0.5}", "{suspect: 2, fail: 5}"),
    ])
  }

  /// Indexes in the plan of the example site.
  package static let level: UInt16 = 2
  package static let stageRule: UInt16 = 1
  package static let caution: UInt8 = 2

  /// A level in straight lines through corners, given in minutes since the start and metres.
  package static func course(_ corners: [(minute: Int, metres: Double)]) throws -> Series {
    let series = Series(
      start: nil, offsets: corners.map { Int64($0.minute) * 60_000_000_000 },
      values: corners.map(\.metres), interpolation: .linear)
    guard let series else { throw CocoaError(.coderInvalidValue) }
    return series
  }

  /// Up past the flood watch level and down again, within four and a half hours.
  package static func wave() throws -> Series {
    try course([(0, 1), (20, 1), (80, 3.6), (130, 3.6), (190, 1), (260, 1)])
  }
}
