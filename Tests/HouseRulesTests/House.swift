import Foundation

/// The layers and arrows that the project has decided on: `arrows.txt`.
struct House: Sendable {
  struct Arrow: Hashable, Comparable, CustomStringConvertible {
    let from: String
    let to: String

    var description: String { "\(from) -> \(to)" }

    static func < (left: Arrow, right: Arrow) -> Bool { left.description < right.description }
  }

  /// A line that is none of the three kinds.
  struct UnreadableLine: Error {
    let line: Int
    let text: Substring
  }

  private(set) var layers: [(name: String, targets: [String])] = []
  private(set) var arrows: Set<Arrow> = []
  /// Why a target of the lower layers may import Foundation.
  private(set) var foundation: [String: String] = [:]

  static let path = "Tests/HouseRulesTests/arrows.txt"

  static func read() throws -> House {
    try House(String(contentsOf: Repository.root.appending(path: path), encoding: .utf8))
  }

  init(_ text: String) throws {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.isEmpty || line.hasPrefix("#") { continue }
      if let layer = line.wholeMatch(of: /layer ([\w-]+): ([\w ]+)/) {
        layers.append((String(layer.1), layer.2.split(separator: " ").map(String.init)))
      } else if let reason = line.wholeMatch(of: /foundation (\w+): (.+)/) {
        foundation[String(reason.1)] = String(reason.2)
      } else if let arrow = line.wholeMatch(of: /(\w+) -> (\w+)/) {
        arrows.insert(Arrow(from: String(arrow.1), to: String(arrow.2)))
      } else {
        throw UnreadableLine(line: index + 1, text: line)
      }
    }
  }

  func targets(of layer: String) -> [String] {
    layers.first { $0.name == layer }?.targets ?? []
  }

  /// How high a target stands, from 0; nothing where no layer names it.
  func height(of target: String) -> Int? {
    layers.firstIndex { $0.targets.contains(target) }
  }

  /// All targets that arrows lead to from `target`, directly or through others.
  func targetsBelow(_ target: String) -> Set<String> {
    var found: Set<String> = []
    var open = [target]
    while let next = open.popLast() {
      for arrow in arrows where arrow.from == next && found.insert(arrow.to).inserted {
        open.append(arrow.to)
      }
    }
    return found
  }

  /// The arrows that do not point to a lower layer.
  var arrowsThatDoNotPointDown: [Arrow] {
    arrows.filter { arrow in
      guard let from = height(of: arrow.from), let to = height(of: arrow.to) else { return true }
      return from <= to
    }
    .sorted()
  }
}

/// `Package.swift`, as SwiftPM understands it.
struct Manifest {
  struct Target {
    let name: String
    let kind: String
    /// Its own folder where that is not the usual one, from the root.
    let path: String?
    let dependencies: [String]
    /// Its Swift settings: `strictMemorySafety`, `enableUpcomingFeature ExistentialAny`.
    let settings: Set<String>
  }

  struct Unreadable: Error {}

  let targets: [Target]

  /// Asks SwiftPM, in a scratch folder of its own because the one beside the package is locked
  /// while its tests run.
  static func read() throws -> Manifest {
    let scratch = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let text = try Repository.run(
      "swift", "package", "--package-path", Repository.root.path, "--scratch-path", scratch.path,
      "dump-package")
    return try Manifest(json: Data(text.utf8))
  }

  init(json: Data) throws {
    guard let package = try JSONSerialization.jsonObject(with: json) as? [String: Any],
      let targets = package["targets"] as? [[String: Any]]
    else { throw Unreadable() }
    self.targets = try targets.map { target in
      guard let name = target["name"] as? String, let kind = target["type"] as? String,
        let dependencies = target["dependencies"] as? [[String: Any]]
      else { throw Unreadable() }
      let settings = (target["settings"] as? [[String: Any]] ?? [])
        .compactMap { ($0["kind"] as? [String: [String: String]])?.first }
        .map { setting, values in ([setting] + values.values).joined(separator: " ") }
      return Target(
        name: name, kind: kind, path: target["path"] as? String,
        dependencies: try dependencies.map(Manifest.name(of:)), settings: Set(settings))
    }
  }

  /// `{"byName": ["Polling", null]}`, `{"product": ["GRDB", "GRDB.swift", null, null]}`.
  private static func name(of dependency: [String: Any]) throws -> String {
    guard let values = dependency.values.first as? [Any], let name = values.first as? String else {
      throw Unreadable()
    }
    return name
  }

  /// The targets of the product, as against those of its tests and benchmarks, which have a path.
  var sources: [Target] {
    targets.filter { $0.kind != "test" && $0.path?.contains("/") != true }
  }

  var arrows: Set<House.Arrow> {
    Set(sources.flatMap { from in from.dependencies.map { House.Arrow(from: from.name, to: $0) } })
  }
}
