import DetectionCore
import DeviceProfiles
import Foundation
import Polling
import Testing

/// What goes over the line because of a device's quirks, byte for byte, held against `quirks.txt`: for
/// each shipped profile that has one the requests of its first sample, with the waits between.
///
/// A line that begins with `>` is a request, one with `<` its answer. A changed profile or schedule shows
/// as a changed transcript; the failing test prints it as it is now.
@Suite struct QuirkTranscriptTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "quirks.txt")

  @Test func eachQuirkIsOnTheLineAsItShouldBe() throws {
    let expected = try String(contentsOf: Self.file, encoding: .utf8)
    let transcripts = try ShippedProfile.all.compactMap { try Self.transcript(of: $0.read()) }
    let told = transcripts.joined(separator: "\n")
    if told != expected { print("<<<\n\(told)>>>") }
    #expect(told == expected)
    #expect(transcripts.count >= 25)
  }

  /// The sample that shows the quirks of a profile; nil where it has none.
  private static func transcript(of profile: DeviceProfile) throws -> String? {
    let quirks = quirks(of: profile)
    guard !quirks.isEmpty else { return nil }
    var line = QuirkLine(profile)
    return "\(profile.id): \(quirks.joined(separator: ", "))\n" + (try line.run())
  }

  private static func quirks(of profile: DeviceProfile) -> [String] {
    let limits = profile.limits
    let notReady = profile.exceptions.contains {
      if case .notReady = $0.meaning { true } else { false }
    }
    return [
      (!profile.identity.isEmpty, "must be the right one"),
      (profile.watchdog != nil, "has a watchdog"),
      (!profile.preparation.isEmpty, "must be prepared"),
      (notReady, "may not be ready"),
      (limits.evenStart, "reads from even addresses"),
      (!limits.forbidden.isEmpty, "has registers that must not be read"),
      (profile.quantities.contains(where: \.isReadAlone), "has values to be read alone"),
      (profile.quantities.contains { $0.timedOutput != nil }, "ends an output by itself"),
    ].filter(\.0).map(\.1)
  }
}

/// A line with one device, whose registers hold what proves that it is the right one, and 0.
private struct QuirkLine {
  private let profile: DeviceProfile
  private let unit: UInt8
  private var registers: [RegisterTable: [UInt16: UInt16]] = [:]
  /// The exception by which the first read is put off.
  private var putOff: UInt8?
  private var lines: [String] = []

  init(_ profile: DeviceProfile) {
    self.profile = profile
    unit = profile.defaultUnit == 0 ? 1 : profile.defaultUnit
    for case .field(let field, _, let accepted) in profile.identity {
      for (offset, word) in field.words(for: accepted.first ?? 0).enumerated() {
        registers[field.table, default: [:]][field.address + UInt16(offset)] = word
      }
    }
    for exception in profile.exceptions {
      if case .notReady = exception.meaning { putOff = exception.code }
    }
  }

  /// Up to four values around what must not be read or must be read alone, every five minutes; and the
  /// first output that the device ends by itself.
  private func plan() -> DevicePlan {
    let readable = profile.quantities.filter(\.isReadable)
    var chosen = readable.filter(\.isReadAlone).prefix(2) + readable.filter { !$0.isReadAlone }
    for span in profile.limits.forbidden {
      let near = readable.filter { $0.span.table == span.table }
      chosen =
        (near.filter { $0.span.end <= span.address }.suffix(1)
        + near.filter { Int($0.span.address) >= span.end }.prefix(1) + chosen)[...]
    }
    var ids: [String] = []
    let points = chosen.filter { quantity in
      defer { ids.append(quantity.id) }
      return !ids.contains(quantity.id)
    }.prefix(4).enumerated().map { index, quantity in
      PolledPoint(
        point: PointIndex(rawValue: UInt16(index)), quantity: quantity, period: .seconds(300))
    }
    let timer = profile.quantities.first { $0.timedOutput != nil }
    let output = timer.flatMap { timer in
      timer.timedOutput.flatMap(profile.quantity).map {
        WrittenOutput(output: 0, quantity: $0, timer: timer, maximumOnTime: .seconds(10))
      }
    }
    return DevicePlan(
      id: "device", unit: unit, profile: profile, points: Array(points),
      outputs: output.map { [$0] } ?? [], failSafe: profile.watchdog == nil ? nil : .seconds(60))
  }

  /// The first sample, and the output switched on and off again.
  mutating func run() throws -> String {
    let settings = profile.serial ?? SerialSettings(baud: 9600, parity: .none, stopBits: 1)
    var schedule = try BusEngine(
      plan: BusPlan(
        id: "bus", link: .serial(path: "/dev/line", settings), devices: [plan()]),
      start: Instant(nanoseconds: 0))
    if !schedule.outputStatus.isEmpty {
      schedule.request(output: 0, on: true, at: Instant(nanoseconds: 0))
    }
    var now = Instant(nanoseconds: 0)
    var lastEnd = now
    var readings: [Reading] = []
    // The watchdog is fed before a third of its time is over.
    while now < Instant(nanoseconds: 15_000_000_000) {
      let wallTime = WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
      switch schedule.next(at: now, wallTime: wallTime, into: &readings) {
      case .wait(let until): now = until
      case .perform(let task):
        var words: [UInt16] = []
        var outcome = BusOutcome.done
        if case .transact(let transaction) = task {
          let waited = (now - lastEnd).nanoseconds / 1_000_000
          if waited >= 20 { lines.append("  after \(waited) ms") }
          outcome = answer(transaction.request, &words)
          now = now + .milliseconds(10)
          lastEnd = now
        }
        schedule.finished(outcome, words: words, at: now, wallTime: wallTime, into: &readings)
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private mutating func answer(_ request: BusRequest, _ words: inout [UInt16]) -> BusOutcome {
    let asked = request.pdu
    tell(">", asked)
    if case .other(17, _) = request {
      let told = counted([1, 0xFF] + Array((profile.serverText ?? "").utf8))
      words = told.map { UInt16($0) }
      tell("<", [17] + told)
      return .done
    }
    guard case .read(let span) = request else {
      if case .writeCoil(let address, let on) = request {
        registers[.coil, default: [:]][address] = on ? 1 : 0
      }
      // The time of an output that the device itself ends has begun.
      if case .other(5, _) = request,
        let output = profile.quantities.lazy.compactMap(\.timedOutput).first
      {
        registers[.coil, default: [:]][profile.quantity(output)?.span.address ?? 0] = 1
      }
      if case .writeRegister(let address, let value) = request {
        registers[.holdingRegister, default: [:]][address] = value
      }
      tell("<", asked.count > 5 ? Array(asked[..<5]) : asked)
      return .done
    }
    // What tells the device from others is answered at once.
    if let code = putOff, registers.isEmpty || lines.contains(where: { $0.hasPrefix("  <") }) {
      putOff = nil
      tell("<", [asked[0] | 0x80, code])
      return .failed(.exception(code))
    }
    words = (Int(span.address)..<span.end).map { registers[span.table]?[UInt16($0)] ?? 0 }
    tell("<", [asked[0]] + (span.table.isBits ? packed(words) : counted(words.flatMap(\.wire))))
    return .done
  }

  private func packed(_ bits: [UInt16]) -> [UInt8] {
    counted(
      stride(from: 0, to: bits.count, by: 8).map { start in
        bits[start..<min(start + 8, bits.count)].reversed().reduce(0) { $0 << 1 | UInt8($1) }
      })
  }

  private func counted(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count)] + bytes }

  private mutating func tell(_ mark: String, _ pdu: [UInt8]) {
    let hex = RTUFrame(unit: unit, pdu: pdu).bytes.map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return byte < 16 ? "0" + digits : digits
    }
    lines.append("  \(mark) " + hex.joined(separator: " "))
  }
}

extension DeviceProfile {
  /// What the device tells of itself, where that tells it from others.
  fileprivate var serverText: String? {
    identity.lazy.compactMap { if case .serverText(let text) = $0 { text } else { nil } }.first
  }
}

extension BusRequest {
  /// Function code and data, as libmodbus sends them.
  fileprivate var pdu: [UInt8] {
    switch self {
    case .read(let span): [span.table.readFunctionCode] + span.address.wire + span.count.wire
    case .writeCoil(let address, let on): [5] + address.wire + [on ? 0xFF : 0, 0]
    case .writeRegister(let address, let value): [6] + address.wire + value.wire
    case .other(let function, let data): [function] + data
    }
  }
}

extension UInt16 {
  fileprivate var wire: [UInt8] { [UInt8(self >> 8), UInt8(self & 0xFF)] }
}
