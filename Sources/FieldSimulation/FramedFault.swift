public import DetectionCore
import Tables

/// One thing that goes wrong with a device on a simulated bus, or with the bus's port.
public enum FramedFault: Hashable, Sendable {
  /// The device says nothing and does nothing, as one without power.
  case noAnswer
  /// The answer begins so much later than it should.
  case late(TimeSpan)
  /// The answer's checksum is wrong; over TCP, which has none, its transaction number.
  case badChecksum
  /// The device answers with this exception and does nothing.
  case exception(UInt8)
  /// The answer bears the address of another unit.
  case wrongUnit
  /// One to eight accidental bytes stand before the answer.
  case noiseBefore
  /// One to eight accidental bytes stand behind the answer.
  case noiseAfter
  /// The second half of the answer is lost.
  case halfFrame
  /// The request comes back before the answer, as from an adapter that hears itself.
  case echo
  /// The device goes on answering with what it measured when the episode began.
  case frozen
  /// The answer is whole, and the values in it are accidental.
  case absurd
  /// The bus's port does not exist; it comes back when the episode ends.
  case portGone

  /// Reads a fault as a script writes it: `no-answer`, `late 800 ms`, `exception 6`.
  ///
  /// - Returns: nil for anything that is no fault.
  public init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1)
    guard let name = words.first else { return nil }
    guard words.count == 2 else {
      guard let plain = Self.plain.first(where: { $0.name == name }) else { return nil }
      self = plain.fault
      return
    }
    switch name {
    case "late":
      guard let delay = SpanText.span(String(words[1])) else { return nil }
      self = .late(delay)
    case "exception":
      guard let code = UInt8(words[1]), (1...127).contains(code) else { return nil }
      self = .exception(code)
    default: return nil
    }
  }

  /// What a fault should have been, for errors: one of those that `isPossible`.
  static func expectation(_ isPossible: (FramedFault) -> Bool = { _ in true }) -> String {
    let all = plain + [("\"late 800 ms\"", .late(.zero)), ("\"exception 6\"", .exception(6))]
    return "one of " + all.filter { isPossible($0.fault) }.map(\.name).joined(separator: ", ")
  }

  private static let plain: [(name: String, fault: FramedFault)] = [
    ("no-answer", .noAnswer), ("bad-checksum", .badChecksum), ("wrong-unit", .wrongUnit),
    ("noise-before", .noiseBefore), ("noise-after", .noiseAfter), ("half-frame", .halfFrame),
    ("echo", .echo), ("frozen", .frozen), ("absurd", .absurd), ("port-gone", .portGone),
  ]
}
