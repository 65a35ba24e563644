import DeviceProfiles
import Foundation
import SiteConfiguration
import Testing

/// A profile that the project ships.
struct ShippedProfile: Sendable, CustomTestStringConvertible {
  let id: String
  let profile: DeviceProfile

  var testDescription: String { id }

  /// All of them, by their ids.
  static let all: [ShippedProfile] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Devices").resolvingSymlinksInPath()
    let paths =
      FileManager.default.enumerator(atPath: folder.path)?
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") }.sorted() ?? []
    return paths.compactMap { path in
      guard let text = try? String(contentsOf: folder.appending(path: path), encoding: .utf8) else {
        return nil
      }
      let id = String(path.dropLast(".yaml".count))
      let log = DiagnosticLog()
      let profile = ProfileDocument.read(SourceText(name: path, text: text), id: id, into: log)
      for diagnostic in log.diagnostics { Issue.record("\(diagnostic.rendered())") }
      return profile.map { ShippedProfile(id: id, profile: $0) }
    }
  }()
}
