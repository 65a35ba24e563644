@testable import Delivery
import DetectionCore
import Testing

/// What comes from a host, and what a session makes of it.
@Suite("Sparkplug B in a session")
struct SparkplugSessionTests {
  private typealias Parts = DeliverySessionTests

  private static func command(_ body: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var payload = ProtobufWriter()
    payload.field(1, UInt64(1_451_141_100_250))
    payload.field(2, body)
    return payload.bytes
  }

  static let rebirth = command { metric in
    metric.field(1, "Node Control/Rebirth")
    metric.field(4, UInt64(11))
    metric.field(14, true)
  }

  private static func message(
    _ payload: [UInt8], _ kind: String = "NCMD", isRetained: Bool = false
  ) -> ReceivedMessage {
    ReceivedMessage(
      topic: "spBv1.0/Town/\(kind)/river-nagi", payload: payload, isRetained: isRetained)
  }

  private static func state(_ text: String, of host: String = "SCADA") -> ReceivedMessage {
    ReceivedMessage(
      topic: "spBv1.0/STATE/\(host)", payload: Array(text.utf8), isRetained: true)
  }

  private static func state(_ isOnline: Bool, _ timestamp: Int64) -> ReceivedMessage {
    state("{\"online\":\(isOnline),\"timestamp\":\(timestamp)}")
  }

  // MARK: Commands

  @Test("A command to be born again is heard, and no other")
  func commands() {
    var format = SparkplugFormatTests.born()
    #expect(format.subscriptions == ["spBv1.0/Town/NCMD/river-nagi"])
    func takes(_ message: ReceivedMessage) -> Bool { format.take(message) }
    #expect(takes(Self.message(Self.rebirth)))
    #expect(!takes(Self.message(Self.rebirth, isRetained: true)), "kept from some other time")
    #expect(!takes(Self.message(Self.rebirth, "NDATA")))
    #expect(!takes(Self.message(Self.rebirth + [0x0A])), "cut off")
    let no = Self.command {
      $0.field(1, "Node Control/Rebirth"); $0.field(14, false)
    }
    #expect(!takes(Self.message(no)))
    let other = Self.command {
      $0.field(1, "Node Control/Reboot"); $0.field(14, true)
    }
    #expect(!takes(Self.message(other)))
    let aliased = Self.command {
      $0.field(2, UInt64(1)); $0.field(14, true)
    }
    #expect(!takes(Self.message(aliased)))
  }

  @Test("Whatever bytes come as a command, they do no harm")
  func anyBytes() {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    var format = SparkplugFormatTests.born()
    var heard = 0
    for _ in 0..<20_000 {
      var bytes = Self.rebirth
      for _ in 0..<(1 + random.next() % 4) {
        switch random.next() % 3 {
        case 0: bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() & 0xFF)
        case 1: bytes.removeLast()
        default: bytes.insert(UInt8(random.next() & 0xFF), at: 0)
        }
      }
      if format.take(Self.message(bytes)) { heard += 1 }
    }
    #expect(heard < 20_000)
    let isNoise = !format.take(Self.message(Array(repeating: 0xFF, count: 64)))
    #expect(isNoise)
  }

  // MARK: The primary host

  @Test("Only the configured host's own word counts, and none that is older")
  func hostStates() {
    var format = SparkplugFormatTests.format(primaryHost: "SCADA")
    _ = format.will()
    #expect(
      format.subscriptions == ["spBv1.0/Town/NCMD/river-nagi", "spBv1.0/STATE/SCADA"])
    func takes(_ message: ReceivedMessage) -> Bool { format.take(message) }
    let online = "{\"online\":true,\"timestamp\":5}"
    for text in [
      "", "{}", "ONLINE", "{\"online\":true}", "{\"timestamp\":5}", "[\(online)]",
      "{\"online\":\"true\",\"timestamp\":5}", "{\"online\":true,\"timestamp\":5.5}",
      "{\"online\":true,\"online\":true,\"timestamp\":5}",
    ] {
      #expect(!takes(Self.state(text)), "\(text)")
    }
    #expect(!takes(Self.state(online, of: "Other")))
    #expect(!takes(Self.state(false, 4)))
    #expect(format.presence == .waits)
    #expect(!takes(Self.state(true, 3)), "older than the last")
    #expect(takes(Self.state("{ \"timestamp\" : 4,\n\"online\" : true, \"bdSeq\": 1 }")))
    #expect(format.presence == .speaks)
    #expect(!takes(Self.state(true, 5)), "it was there already")
    _ = format.status(.online(since: RiverSite.wallTime), at: SparkplugFormatTests.moment(0))
    format.published()
    #expect(!takes(Self.state(false, 4)), "older than the last")
    #expect(takes(Self.state(false, 5)) && format.presence == .leaves)
    #expect(!takes(Self.state(true, 6)) && format.presence == .leaves)
    _ = format.will()
    #expect(format.presence == .waits)
    #expect(takes(Self.state(true, 6)))
  }

  @Test("A session waits for the primary host, and leaves with it")
  func waiting() throws {
    var session = Parts.session(format: SparkplugFormatTests.format(primaryHost: "SCADA"))
    var kinds: [String]
    var action: DeliverySession.Action
    session.pointChanged(RiverSite.reading(3.92))
    session.factsAppended()
    Parts.connect(&session)
    kinds = Self.kinds(&session)
    #expect(kinds == [])
    session.take(Self.state(true, 5))
    let first = Self.kinds(&session)
    #expect(first.first == "NBIRTH" && first.contains("NDATA") && !first.contains("NDEATH"))
    session.take(Self.state(false, 6))
    kinds = Self.kinds(&session)
    #expect(kinds == ["NDEATH"], "the broker has not acknowledged it")
    session.handle(.acknowledged(PacketNumber(rawValue: 1)), at: .zero)
    action = session.next(at: .zero)
    #expect(action == .disconnect)
    var now = Instant.zero
    while case .wait(let until) = session.next(at: now) { now = until }
    session.handle(.connected(sessionPresent: false), at: now)
    kinds = Self.kinds(&session, at: now)
    #expect(kinds == [])
    session.close(.stopped(since: RiverSite.wallTime), at: now)
    action = session.next(at: now)
    #expect(action == .disconnect, "there is nothing to take back")
  }

  // MARK: Sending

  @Test("What the network does not take leaves no hole in the sequence, and no fact behind")
  func congestion() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    var session = Parts.session(format: SparkplugFormatTests.format())
    session.alarmChanged(CAPFormatTests.standing(2))
    session.factsAppended()
    var now = Instant.zero
    var expected: UInt64 = 0
    var births = 0
    var published = 0
    var refused = 0
    var settled: [Int64] = []
    while published < 1_000 || settled.count < 100 {
      switch session.next(at: now) {
      case .connect: session.handle(.connected(sessionPresent: false), at: now)
      case .load(let position, _):
        session.loaded(Self.page(100, after: position, without: settled))
      case .settle(let position, let outcome):
        #expect(outcome == .delivered)
        settled.append(position.rawValue)
      case .publish(let message):
        if random.next() % 3 == 0 {
          refused += 1
          session.publishFailed(.congested, at: now)
          continue
        }
        let payload = try #require(message.sparkplug)
        if message.topic.contains("/NBIRTH/") {
          births += 1
          expected = 0
        }
        #expect(payload.sequence == expected)
        expected = (expected + 1) % 256
        published += 1
        session.published(PacketNumber(rawValue: Int32(published)), at: now)
      case .wait(let until):
        now = min(until, now + .milliseconds(100))
        session.pointChanged(RiverSite.reading(Double(published)))
        if random.next() % 200 == 0 { session.take(Self.message(Self.rebirth)) }
      case .loadObservations: session.observationsLoaded([])
      case .remember: break
      case .disconnect, .finished: Issue.record("nobody closed the session")
      }
    }
    #expect(settled == Array(1...100), "written is all that is known of a fact")
    #expect(births > 0 && refused > 100)
  }

  @Test("A planned stop publishes the death and waits for the broker to have it")
  func stop() {
    var session = Parts.session(format: SparkplugFormatTests.format())
    Parts.connect(&session)
    _ = Self.kinds(&session)
    session.close(.stopped(since: RiverSite.wallTime), at: .zero)
    let kinds = Self.kinds(&session)
    #expect(kinds == ["NDEATH"])
    session.handle(.acknowledged(PacketNumber(rawValue: 1)), at: .zero)
    let action = session.next(at: .zero)
    #expect(action == .disconnect)
  }

  // MARK: Parts

  /// What an outbox of so many transitions has after `position`.
  private static func page(
    _ count: Int64, after position: OutboxPosition, without settled: [Int64]
  ) -> OutboxPage {
    let numbers = (1...count).filter { $0 > position.rawValue && !settled.contains($0) }
    return OutboxPage(
      entries: numbers.map { number in
        OutboxEntry(
          position: OutboxPosition(rawValue: number),
          fact: CAPFormatTests.transition(UInt64(number), from: 0, to: 1, after: number))
      }, through: OutboxPosition(rawValue: count))
  }

  private static func kind(_ action: DeliverySession.Action) -> String {
    switch action {
    case .connect: "connect"
    case .publish(let message): String(message.topic.split(separator: "/")[2])
    default: "other"
    }
  }

  /// Sends what is due, as packet 1; returns the kinds of the messages.
  private static func kinds(
    _ session: inout DeliverySession, at now: Instant = .zero
  ) -> [String] {
    var kinds: [String] = []
    while true {
      let action = session.next(at: now)
      switch action {
      case .publish:
        kinds.append(kind(action))
        session.published(PacketNumber(rawValue: 1), at: now)
      case .load(let position, _):
        session.loaded(OutboxPage(entries: [], through: position))
      case .loadObservations: session.observationsLoaded([])
      case .remember, .settle: break
      default: return kinds
      }
    }
  }
}

@Suite("The wire format of Protocol Buffers")
struct ProtobufTests {
  @Test("Fields are written as the specification's examples are")
  func examples() {
    var message = ProtobufWriter()
    message.field(1, UInt64(150))
    #expect(message.bytes == [0x08, 0x96, 0x01])
    message = ProtobufWriter()
    message.field(2, "testing")
    #expect(message.bytes == [0x12, 0x07] + Array("testing".utf8))
    message = ProtobufWriter()
    message.field(3) { $0.field(1, UInt64(150)) }
    #expect(message.bytes == [0x1A, 0x03, 0x08, 0x96, 0x01])
    message = ProtobufWriter()
    message.field(1, 25.4)
    #expect(message.bytes == [0x09, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x39, 0x40])
  }

  @Test("Numbers of any length are read as they were written")
  func numbers() {
    for shift in 0..<64 {
      for value in [UInt64(1) << shift, (UInt64(1) << shift) &- 1, .max] {
        var writer = ProtobufWriter()
        writer.field(15, value)
        var reader = ProtobufReader(writer.bytes[...])
        let field = reader.next()
        guard case (15, .number(let read))? = field else {
          Issue.record("\(value) was not read")
          continue
        }
        let isLast = reader.next() == nil
        #expect(read == value && isLast && !reader.isBroken)
      }
    }
  }

  @Test(
    "What is no message is broken",
    arguments: [
      [0x08], [0x08, 0x80], [0x12, 0x02, 0x61], [0x00, 0x00], [0x0B],
      [0x12] + Array(repeating: 0xFF, count: 9) + [0x01], [0x09, 0, 0, 0],
      [0x08] + Array(repeating: 0xFF, count: 10),
    ] as [[UInt8]])
  func broken(_ bytes: [UInt8]) {
    var reader = ProtobufReader(bytes[...])
    while reader.next() != nil {}
    #expect(reader.isBroken)
  }
}
