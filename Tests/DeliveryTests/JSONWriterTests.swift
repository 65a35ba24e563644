@testable import Delivery
import DetectionCore
import Foundation
import Testing

@Suite("JSON, times and numbers")
struct JSONWriterTests {
  @Test("Everything that must be escaped is, and nothing else")
  func escapes() {
    let bytes = JSONWriter.object { $0.member("k\"", "\"\\/\u{8}\t\n\u{C}\r\u{0}\u{1F}\u{7F}é水🌊") }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"{"k\"":"\"\\/\b\t\n\f\r\u0000\u001f\u007fé水🌊"}"#)
  }

  @Test("Any text comes back from a parser as it was")
  func anyText() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SplitMix64(seed: seed)
    for _ in 0..<2_000 {
      var text = ""
      for _ in 0..<Int(generator.next() % 20) {
        // Half of the characters from the range in which escaping happens.
        let range: UInt64 = generator.next() % 2 == 0 ? 0x80 : 0x11_0000
        if let scalar = Unicode.Scalar(UInt32(generator.next() % range)) {
          text.unicodeScalars.append(scalar)
        }
      }
      let bytes = JSONWriter.object { $0.member("text", text) }
      let parsed = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String]
      let scalars = try #require(parsed?["text"]).unicodeScalars
      #expect(Array(scalars) == Array(text.unicodeScalars), "seed \(seed)")
    }
  }

  @Test("Whole numbers of every size")
  func wholeNumbers() {
    let bytes = JSONWriter.object { json in
      json.member("a", 0)
      json.member("b", UInt8(9))
      json.member("c", 10)
      json.member("d", -1)
      json.member("e", Int64.min)
      json.member("f", UInt64.max)
    }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "{\"a\":0,\"b\":9,\"c\":10,\"d\":-1,\"e\":-9223372036854775808,"
        + "\"f\":18446744073709551615}")
  }

  @Test("Any number comes back with the same bits; what is none is null")
  func anyNumber() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SplitMix64(seed: seed)
    for _ in 0..<5_000 {
      let number = Double(bitPattern: generator.next())
      let bytes = JSONWriter.object { $0.member("n", number) }
      let text = String(decoding: bytes, as: UTF8.self).dropFirst(5).dropLast()
      if number.isFinite {
        #expect(Double(text)?.bitPattern == number.bitPattern, "seed \(seed)")
        #expect(text.wholeMatch(of: /-?\d+(\.\d+)?(e[+-]\d+)?/) != nil, "\(text)")
      } else {
        #expect(text == "null")
      }
    }
    #expect(JSONWriter.object { $0.member("n", Double.infinity) } == Array(#"{"n":null}"#.utf8))
  }

  @Test(
    "Times are UTC with milliseconds, cut",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (1_451_141_100_250_999_999, "2015-12-26T14:45:00.250Z"),
      (951_827_696_007_000_000, "2000-02-29T12:34:56.007Z"),
    ])
  func timestamps(nanoseconds: Int64, text: String) {
    let time = WallTime(nanosecondsSince1970: nanoseconds, synchronized: true)
    #expect(CivilTime(time).timestamp == text)
  }

  @Test(
    "Numbers for people have fixed decimals",
    arguments: [
      (3.9, 2, "3.90"), (3.0049, 2, "3.00"), (-0.001, 2, "0.00"), (-1.5, 0, "-2"), (0.05, 1, "0.1"),
      (12, 0, "12"), (1e300, 2, "1e+300"), (1e12, 3, "1000000000000.000"), (0.5, -3, "1"),
    ])
  func decimals(value: Double, decimals: Int, text: String) {
    #expect(value.text(decimals: decimals) == text)
  }

  @Test("Waits double from one second to a minute, within their jitter, the same for a seed")
  func backOff() {
    var one = BackOff(seed: 7)
    var other = BackOff(seed: 7)
    for longest in [1, 2, 4, 8, 16, 32, 60, 60, 60] as [Int64] {
      let wait = one.wait()
      #expect(wait == other.wait())
      #expect(wait >= TimeSpan.milliseconds(longest * 500) && wait <= .seconds(longest))
    }
    one.reset()
    #expect(one.wait() <= .seconds(1))
  }
}
