internal import DetectionCore

/// Which alerts have been sent of which alarm and still hold: what the next one has to refer to.
struct CAPIncidents {
  /// An alert that was sent.
  struct Sent: Hashable {
    var identifier: String
    /// When, in nanoseconds since 1970.
    var sentNs: Int64
    /// It said that the incident is over.
    var isEnd = false
  }

  /// Later ones than this push out the oldest, which the others have superseded anyway.
  private static let mostAlerts = 16

  /// The alerts of the last incident of each alarm, by the alarm's id, oldest first. Those of one that is over
  /// are kept until the next, as the last may have to be sent again.
  private var alerts: [String: [Sent]] = [:]
  private var isChanged = false

  /// Those that were remembered as `text`; lines that make no sense are left out.
  init(_ text: [UInt8]) {
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 4, let time = Int64(words[2]) else { continue }
      alerts[String(words[0]), default: []].append(
        Sent(identifier: String(words[1]), sentNs: time, isEnd: words[3] == "end"))
    }
  }

  /// As they are to be remembered, where they have changed since they last were: a line each, of the alarm's
  /// id, the identifier, the time, and `alert` or `end`.
  mutating func changedText() -> [UInt8]? {
    guard isChanged else { return nil }
    isChanged = false
    let lines = alerts.keys.sorted().flatMap { alarm in
      (alerts[alarm] ?? []).map {
        "\(alarm) \($0.identifier) \($0.sentNs) \($0.isEnd ? "end" : "alert")\n"
      }
    }
    return Array(lines.joined().utf8)
  }

  /// The alerts of `alarm` that hold at `nowNs` and came before `identifier`.
  func standing(_ alarm: String, before identifier: String, nowNs: Int64, validityNs: Int64)
    -> [Sent]
  {
    let all = alerts[alarm] ?? []
    guard let end = all.firstIndex(where: { $0.identifier == identifier }) else {
      return all.last?.isEnd ?? true ? [] : all.filter { nowNs < $0.sentNs &+ validityNs }
    }
    return all[..<end].filter { nowNs < $0.sentNs &+ validityNs }
  }

  /// The last alert of the incident that is not over; nil where there is none.
  func last(of alarm: String) -> Sent? {
    alerts[alarm]?.last.flatMap { $0.isEnd ? nil : $0 }
  }

  /// The alert `identifier` of `alarm` is sent now, or was already: then as it was.
  mutating func send(_ alarm: String, _ identifier: String, isEnd: Bool, nowNs: Int64) -> Sent {
    var list = alerts[alarm] ?? []
    if let sent = list.first(where: { $0.identifier == identifier }) { return sent }
    if list.last?.isEnd == true { list.removeAll() }
    let sent = Sent(identifier: identifier, sentNs: nowNs, isEnd: isEnd)
    list.append(sent)
    alerts[alarm] = Array(list.suffix(Self.mostAlerts))
    isChanged = true
    return sent
  }
}
