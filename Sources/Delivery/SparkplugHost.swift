/// Whether the primary host application is there, as far as it has said so to the broker that we are connected to.
struct SparkplugHost {
  /// True while it is.
  private(set) var isOnline = false
  /// When it said so last, by its own clock, in milliseconds since 1970: what is older comes late.
  private var timeMs: Int64?

  /// Nothing is known of it at a broker that we are only about to connect to.
  mutating func forget() { isOnline = false }

  /// It has said something; what makes no sense, and what is older than what it has said, does not count.
  mutating func take(_ payload: [UInt8]) {
    guard let said = Self.read(payload), said.timeMs >= timeMs ?? .min else { return }
    timeMs = said.timeMs
    isOnline = said.isOnline
  }

  /// Reads `{"online":true,"timestamp":1668114759262}`, in any order and with whatever spaces; nil for anything
  /// that is not an object of these two and of other plain members.
  private static func read(_ payload: [UInt8]) -> (isOnline: Bool, timeMs: Int64)? {
    let text = payload.filter { !" \t\r\n".utf8.contains($0) }
    guard text.count < 1024, text.first == UInt8(ascii: "{"), text.last == UInt8(ascii: "}") else {
      return nil
    }
    var members: [Substring: Substring] = [:]
    for member in String(decoding: text.dropFirst().dropLast(), as: UTF8.self).split(separator: ",")
    {
      let parts = member.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, members.updateValue(parts[1], forKey: parts[0]) == nil else {
        return nil
      }
    }
    guard let online = members["\"online\""].flatMap({ Bool(String($0)) }),
      let time = members["\"timestamp\""].flatMap({ Int64($0) })
    else { return nil }
    return (online, time)
  }
}
