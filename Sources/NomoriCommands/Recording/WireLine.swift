internal import Delivery
internal import DetectionCore
internal import Polling
internal import Recording

/// What was sent or heard on a bus, as `nomori replay --wire` prints it: one JSON object, the keys in
/// the order in which it is read.
enum WireLine {
  static func text(_ entry: Replay.WireEntry) -> String {
    let bytes = JSONWriter.object { json in
      json.member("time", entry.wallTime.timestamp)
      // Since the machine was started: also where its clock was wrong or was put right.
      json.member("seconds", Double(entry.time.nanoseconds / 1_000_000) / 1000)
      json.member("bus", entry.bus)
      if let device = entry.device { json.member("device", device) }
      switch entry.content {
      case .transaction(let transaction): write(transaction, to: &json)
      case .frame(let kind, let bytes, let length):
        json.member("kind", "\(kind)")
        json.member("bytes", bytes.hexadecimal)
        if bytes.allSatisfy({ (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }) {
          json.member("text", String(decoding: bytes, as: UTF8.self))
        }
        if length > bytes.count { json.member("length", length) }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func write(_ transaction: Replay.WireTransaction, to json: inout JSONWriter) {
    json.member("kind", "transaction")
    json.member("unit", transaction.unit)
    json.member("function", transaction.function)
    json.member("address", transaction.address)
    json.member("count", transaction.count)
    if !transaction.words.isEmpty {
      json.member(
        "words",
        transaction.words.map { text(of: $0, transaction.function) }
          .joined(separator: " "))
    }
    if let fault = transaction.fault { json.member("fault", fault) }
    json.member("milliseconds", Double(transaction.duration.nanoseconds / 100_000) / 10)
  }

  /// Four hexadecimal digits, or a bit.
  private static func text(of word: UInt16, _ function: UInt8) -> String {
    [1, 2].contains(function) ? String(word) : word.hexadecimal
  }
}
