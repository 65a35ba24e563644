import Delivery
import SiteConfiguration

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files of the project, read from where these tests were compiled.
enum SiteFixtures {
  static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  static func read(_ path: String) -> String? {
    guard let file = unsafe fopen("\(root)/\(path)", "r") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func profile(_ id: String) -> SourceText? {
    read("Devices/\(id).yaml").map { SourceText(name: "\(id).yaml", text: $0) }
  }

  /// The profiles of the river site, read once; named by their ids.
  static let riverProfiles = ["keller/36xiw", "dfrobot/sen0575", "waveshare/modbus-rtu-relay-8ch"]
    .compactMap { id in profile(id).map { SourceText(name: id, text: $0.text) } }

  static let river = read("deploy/sites/river.yaml") ?? ""
  static let aire = read("deploy/sites/aire.yaml") ?? ""

  /// All that is said about a text, warnings included; nothing for a flawless site.
  static func diagnostics(_ text: String) -> [Diagnostic] {
    do throws(ConfigurationError) {
      return try SiteConfiguration.load(
        site: SourceText(name: "s.yaml", text: text), profiles: profile
      ).warnings
    } catch {
      return error.diagnostics
    }
  }

  /// The same, as text.
  static func messages(_ text: String, language: MessageLanguage = .english) -> [String] {
    diagnostics(text).map { $0.rendered(in: language) }
  }
}

extension String {
  /// The text with the only occurrence of `old` replaced; nil where it is not there exactly once,
  /// so that a test cannot silently change nothing.
  func with(_ old: String, _ new: String) -> String? {
    let parts = split(separator: old, maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 2 ? "\(parts[0])\(new)\(parts[1])" : nil
  }
}
