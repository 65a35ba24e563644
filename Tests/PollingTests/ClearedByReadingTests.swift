import DetectionCore
import DeviceProfiles
import Polling
import Testing

/// Registers that reading clears are read once a sample: what an answer holds is nowhere else.
@Suite struct ClearedByReadingTests {
  private static func quantity(_ address: UInt16) -> ProfileQuantity {
    var quantity = Sample.quantity(address)
    quantity.counter = Counter(width: 16, clearedByReading: true)
    return quantity
  }

  /// Points at these addresses; those of `cleared` are cleared by reading.
  private static func device(
    _ addresses: [UInt16], cleared: Set<UInt16>, polled: [UInt16]? = nil
  ) -> DevicePlan {
    let quantities = addresses.map { cleared.contains($0) ? quantity($0) : Sample.quantity($0) }
    let points = quantities.filter { polled?.contains($0.span.address) ?? true }
      .enumerated().map { index, quantity in
        PolledPoint(
          point: PointIndex(rawValue: UInt16(index)), quantity: quantity, period: .seconds(1))
      }
    var device = Sample.device(unit: 1, points: points)
    device.modbus?.profile = DeviceProfile(
      id: "maker/model", maker: "Maker", model: "Model", serial: nil, defaultUnit: 1,
      limits: ReadLimits(maximumHole: 8), timing: DeviceTiming(responseTimeoutMs: 200),
      quantities: quantities)
    device.timing = DeviceTiming(responseTimeoutMs: 200)
    return device
  }

  /// The addresses and counts that were read.
  private static func reads(_ transcript: [String]) -> [String] {
    transcript.filter { $0.contains(">> 01 03") }.map { line in
      let bytes = line.split(separator: ">> 01 03 ")[1].split(separator: " ")
      return "\(bytes[1])+\(bytes[3])"
    }
  }

  @Test func noReadForOthersHoldsThem() throws {
    // Register 1 is not even polled, and 5 stands between two that are.
    var bus = try ScriptedBus(
      Sample.bus([Self.device([0, 1, 2, 4, 5, 6], cleared: [1, 5], polled: [0, 2, 4, 5, 6])]))
    bus.run(untilMs: 900) { transaction, _ in .echo(transaction.request) }
    #expect(Self.reads(bus.takeTranscript()) == ["00+01", "02+03", "06+01", "05+01"])
    #expect(bus.readings.map(\.value).sorted() == [0, 2, 4, 5, 6])
  }

  @Test(arguments: [
    (BusFault.timeout, QualityFlag.missing), (.badChecksum, .fail), (.unexpectedAnswer, .fail),
  ])
  func aLostAnswerIsNotAskedForAgain(fault: BusFault, flag: QualityFlag) throws {
    var bus = try ScriptedBus(Sample.bus([Self.device([0, 5], cleared: [5])]))
    bus.run(untilMs: 4900) { transaction, nowMs in
      guard case .read(let span) = transaction.request, span.address == 5,
        (1000..<2000).contains(nowMs)
      else { return .echo(transaction.request) }
      return .failed(fault, tookMs: 200)
    }
    let reads = Self.reads(bus.takeTranscript()).filter { $0 == "05+01" }
    #expect(reads.count == 5)
    let flags = bus.readings.filter { $0.point.rawValue == 1 }.map(\.flag)
    #expect(flags == [.notEvaluated, flag] + [.notEvaluated] * 3)
  }

  /// A connection that was closed before the request is no reason to lose the sample, one that was closed
  /// behind it is.
  @Test(arguments: [(BusFault.closedBeforeSending, 6, 5), (.portLost(104), 5, 4)])
  func aClosedConnectionIsNoReasonToClearTwice(
    fault: BusFault, requests: Int, good: Int
  ) throws {
    var bus = try ScriptedBus(
      Sample.bus([Self.device([0, 5], cleared: [5])], link: .tcp(host: "box", port: 502)))
    var isClosed = false
    bus.run(untilMs: 4900) { transaction, nowMs in
      guard case .read(let span) = transaction.request, span.address == 5, nowMs >= 1000,
        !isClosed
      else { return .echo(transaction.request) }
      isClosed = true
      return .failed(fault, tookMs: 1)
    }
    let reads = Self.reads(bus.takeTranscript()).filter { $0 == "05+01" }
    #expect(reads.count == requests)
    let flags = bus.readings.filter { $0.value != 0 || $0.flag == .missing }.map(\.flag)
    #expect(flags.count == 5 && flags.count { $0 == .notEvaluated } == good)
    #expect(bus.schedule.counters.reconnections == 1)
  }

  @Test func aLostDeviceIsNotLookedForWithThem() throws {
    var bus = try ScriptedBus(Sample.bus([Self.device([7, 5], cleared: [5])]))
    bus.run(untilMs: 60_000) { transaction, nowMs in
      nowMs < 30_000 ? .noAnswer(transaction) : .echo(transaction.request)
    }
    let silent = bus.takeTranscript().filter { $0.hasSuffix("timeout") }
    // Each was asked for once before the device was given up.
    let reads = Self.reads(silent).filter { $0 == "05+01" }
    #expect(reads.count <= 1)
    #expect(bus.schedule.health(ofDevice: 0) == .online)

    var alone = try ScriptedBus(Sample.bus([Self.device([5], cleared: [5])]))
    alone.run(untilMs: 60_000) { transaction, nowMs in
      nowMs < 30_000 ? .noAnswer(transaction) : .echo(transaction.request)
    }
    let transcript = alone.takeTranscript()
    #expect(transcript.contains { $0.hasSuffix(">> 01 11 ! timeout") })
    #expect(alone.schedule.health(ofDevice: 0) == .online)
    #expect(alone.readings.last?.flag == .notEvaluated)
  }

  @Test func aLostDeviceIsNotLookedForBeforeItCanAnswer() throws {
    var device = Sample.device(unit: 1, addresses: [0])
    device.timing.startupMs = 8000
    var bus = try ScriptedBus(Sample.bus([device]))
    var askedAt: [Int64] = []
    bus.run(untilMs: 60_000) { transaction, nowMs in
      askedAt.append(nowMs)
      return .noAnswer(transaction)
    }
    let pauses = zip(askedAt, askedAt.dropFirst()).map { ($1 - $0) / 1000 }
    #expect(pauses.dropFirst().prefix(2) == [8, 16])
  }
}
