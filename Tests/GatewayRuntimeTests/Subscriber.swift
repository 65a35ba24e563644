import Foundation
import LinuxHost

/// A `mosquitto_sub` with a session that the broker keeps: it gets every event at least once, also
/// those that were published while it or the broker was away.
final class Subscriber {
  static let clientID = "archive"

  private let process: ChildProcess
  private let output: OwnedDescriptor
  private var text: [UInt8] = []

  init(port: UInt16) throws {
    let (near, far) = try OwnedDescriptor.pair()
    output = near
    // -d makes it say when it is subscribed, and stdbuf that it says so at once.
    process = try ChildProcess(
      [
        "stdbuf", "-oL", "mosquitto_sub", "-d", "-h", "127.0.0.1", "-p", "\(port)", "-V", "mqttv5",
        "-q", "1", "-c",
        "-i", Self.clientID, "-x", "3600", "-t", "nomori/v1/+/event",
        "-t", "nomori/v1/+/gap",
      ], output: far)
  }

  deinit { process.kill() }

  /// True once the broker has confirmed the subscription.
  var isSubscribed: Bool { lines.contains { $0.hasPrefix("Subscribed") } }

  /// The ids of all events so far, repeats included.
  var ids: [String] {
    payloads.filter { $0["kind"] != nil }.compactMap { $0["id"] as? String }
  }

  /// How many events each gap says to be missing.
  var gaps: [Int] {
    var seen: Set<String> = []
    return payloads.compactMap { payload in
      guard let id = payload["id"] as? String, let missing = payload["missing"] as? [String: Int],
        seen.insert(id).inserted
      else { return nil }
      return missing.values.reduce(0, +)
    }
  }

  private var payloads: [[String: Any]] {
    lines.filter { $0.hasPrefix("{") }.compactMap { line in
      try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }
  }

  private var lines: [Substring] {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while let count = output.read(into: &block, timeoutMs: 0), count > 0 {
      text.append(contentsOf: block[..<count])
    }
    // The last line may still be on its way.
    let whole = text.prefix(through: text.lastIndex(of: 10) ?? -1)
    return String(decoding: whole, as: UTF8.self).split(separator: "\n")
  }
}
