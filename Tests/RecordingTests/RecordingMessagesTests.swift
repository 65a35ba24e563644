import DetectionCore
import FieldLog
import FieldSimulation
import Polling
import Testing

@testable import Recording

@Suite struct RecordingMessagesTests {
  static let seed: UInt64 = 20_260_418
  /// Values that text or comparison would not bring back as they were.
  static let strangeValues: [UInt64] = [
    0, 1 << 63, 1, Double.infinity.bitPattern, (-Double.infinity).bitPattern,
    Double.nan.bitPattern, 0x7FF0_0000_0000_0001, 0xFFFF_FFFF_FFFF_FFFF,
    Double.greatestFiniteMagnitude.bitPattern, Double.leastNonzeroMagnitude.bitPattern,
  ]
  static let extremes: [Int64] = [.min, -1, 0, 1, .max]

  @Test func inputsComeBackBitForBit() throws {
    var random = SplitMix64(seed: Self.seed)
    let flags: [QualityFlag] = [.pass, .notEvaluated, .suspect, .fail, .missing]
    for round in 0..<5_000 {
      let bits = Self.pick(Self.strangeValues, round, &random) { $0.next() }
      let time = Self.pick(Self.extremes, round, &random) { Int64(bitPattern: $0.next()) }
      let wall = Self.pick(Self.extremes, round / 5, &random) { Int64(bitPattern: $0.next()) }
      let instant = Instant(nanoseconds: time)
      let wallTime = WallTime(nanosecondsSince1970: wall, synchronized: random.next() & 1 == 1)
      let inputs: [DetectionInput] = [
        .reading(
          Reading(
            point: PointIndex(rawValue: UInt16(truncatingIfNeeded: random.next())),
            value: Double(bitPattern: bits), flag: flags[round % flags.count], time: instant,
            wallTime: wallTime)),
        .tick(at: instant, wallTime: wallTime),
        .lost(at: instant, wallTime: wallTime, count: UInt32(truncatingIfNeeded: random.next())),
        .command(
          at: instant, wallTime: wallTime,
          DetectionCommand(
            number: UInt32(truncatingIfNeeded: random.next()),
            kind: DetectionCommand.Kind.allCases[round % DetectionCommand.Kind.allCases.count],
            subject: UInt16(truncatingIfNeeded: random.next()),
            duration: TimeSpan(nanoseconds: Int64(random.next() >> 12)))),
      ]
      for input in inputs {
        let encoded = InputMessage(input).encoded()
        let decoded = try #require(try InputMessage(decoding: encoded[...]).input)
        #expect(
          Self.words(decoded) == Self.words(input), "seed \(Self.seed), round \(round): \(input)")
      }
    }
  }

  @Test func whatSharesAMessageComesBackInItsOrder() throws {
    let wallTime = WallTime(nanosecondsSince1970: 7, synchronized: true)
    var inputs = InputsMessage()
    let readings = (0..<3).map { index in
      Reading(
        point: PointIndex(rawValue: UInt16(index)), value: Double(index) / 3, flag: .notEvaluated,
        time: Instant(nanoseconds: Int64(index)), wallTime: wallTime)
    }
    for reading in readings { inputs.append(InputMessage(.reading(reading))) }
    let read = try #require(try InputsMessage(decoding: inputs.encoded()[...]).inputs)
    let decoded = read.compactMap(\.input)
    #expect(decoded.map(Self.words) == readings.map { Self.words(.reading($0)) })

    var transactions = TransactionsMessage()
    let words: [[UInt16]] = [[1, 2, 3], [], [0xFFFF]]
    for (index, words) in words.enumerated() {
      var message = TransactionMessage()
      message.unit = UInt8(index)
      message.fault = words.isEmpty ? 1 : 0
      message.registers = words
      transactions.append(message, wallNs: Int64(index))
    }
    let heard = try #require(
      try TransactionsMessage(decoding: transactions.encoded()[...]).transactions)
    #expect(heard.map(\.message.registers) == words)
    #expect(heard.map(\.message.fault) == [0, 1, 0])
    #expect(heard.map(\.message.unit) == [0, 1, 2] && heard.map(\.wallNs) == [0, 1, 2])
  }

  @Test func listsThatDoNotFitTogetherGiveNothing() throws {
    // As a damaged recording may have it: a kind without the rest.
    var writer = CDRWriter()
    writer.append([UInt8(0)])
    writer.append([UInt16]())
    writer.append([UInt8]())
    writer.append([Double]())
    writer.append([Int64]())
    writer.append([Int64]())
    writer.append([Bool]())
    writer.append([UInt32]())
    #expect(try InputsMessage(decoding: writer.bytes[...]).inputs == nil)
  }

  @Test func faultsAreNamedAsTheyAreNumbered() {
    for fault: BusFault in [
      .timeout, .badChecksum, .unexpectedAnswer, .wrongUnit, .notVerified, .lineNeverIdle,
      .wrongDevice,
      .exception(2), .exception(127),
    ] {
      #expect(BusFault.recordedCode(BusOutcome.failed(fault).recordedFault) == fault.code)
    }
    let gone = BusOutcome.failed(.portUnavailable(.notFound)).recordedFault
    #expect(BusFault.recordedCode(gone) == "portUnavailable")
    #expect(BusFault.recordedCode(BusOutcome.failed(.portLost(5)).recordedFault) == "portLost")
    #expect(BusFault.recordedCode(BusOutcome.done.recordedFault) == nil)
    #expect(BusFault.recordedCode(77) == "77")
  }

  @Test(arguments: [
    (BusRequest.writeCoil(address: 7, on: true), [0xFF00]),
    (.writeCoil(address: 7, on: false), [0]),
    (.writeRegister(address: 7, value: 9), [9]),
    (.other(function: 5, data: [0, 7, 1, 2]), [0x102]),
    (.other(function: 16, data: [0, 7, 0, 2, 4, 0, 1, 2, 3]), [1, 0x203]),
  ])
  func whatIsWrittenIsRecordedAlsoWhereItFails(request: BusRequest, words: [UInt16]) {
    #expect(request.address == 7)
    #expect((0..<Int(request.count)).map(request.written) == words)
    var record = TransactionRecord(
      bus: 0, unit: 1, functionCode: request.functionCode, fault: 1, address: request.address,
      count: request.count, time: Instant(nanoseconds: 0),
      wallTime: WallTime(nanosecondsSince1970: 0, synchronized: false), durationNs: 0)
    for (index, word) in words.enumerated() { record.words[index] = word }
    #expect(TransactionMessage(record).registers == words)
    #expect(BusRequest.serverID.count == 0)
    #expect(BusRequest.other(function: 16, data: [0, 7, 0, 9]).written(8) == 0)
  }

  @Test func numbersThatNameNoInputGiveNone() throws {
    var message = InputMessage(
      .tick(
        at: Instant(nanoseconds: 0),
        wallTime: .init(
          nanosecondsSince1970: 0, synchronized: true)))
    message.kind = 4
    #expect(message.input == nil)
    message.kind = InputMessage.Kind.reading.rawValue
    message.flag = 5
    #expect(message.input == nil)
    message.kind = InputMessage.Kind.command.rawValue
    message.flag = 11
    #expect(message.input == nil)
    message.kind = InputMessage.Kind.lost.rawValue
    for count in [-1, 0.5, .nan, .infinity, 4_294_967_296] {
      message.value = count
      #expect(message.input == nil)
    }
  }

  /// The strange ones first, then random ones.
  private static func pick<Value>(
    _ strange: [Value], _ round: Int, _ random: inout SplitMix64,
    _ other: (inout SplitMix64) -> Value
  ) -> Value {
    round < 50 ? strange[round % strange.count] : other(&random)
  }

  /// Every field of an input as a whole number, NaN payloads included.
  private static func words(_ input: DetectionInput) -> [UInt64] {
    func times(_ time: Instant, _ wallTime: WallTime) -> [UInt64] {
      [
        UInt64(bitPattern: time.nanoseconds),
        UInt64(bitPattern: wallTime.nanosecondsSince1970), wallTime.synchronized ? 1 : 0,
      ]
    }
    return switch input {
    case .reading(let reading):
      [0, UInt64(reading.point.rawValue), reading.value.bitPattern, UInt64(reading.flag.rawValue)]
        + times(reading.time, reading.wallTime)
    case .tick(let time, let wallTime): [1] + times(time, wallTime)
    case .command(let time, let wallTime, let command):
      [
        3, UInt64(command.number), UInt64(command.kind.rawValue), UInt64(command.subject),
        UInt64(bitPattern: command.duration.nanoseconds),
      ] + times(time, wallTime)
    case .lost(let time, let wallTime, let count): [2, UInt64(count)] + times(time, wallTime)
    }
  }
}
