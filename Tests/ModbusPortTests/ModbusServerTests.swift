import DetectionCore
import DeviceProfiles
import Glibc
import LinuxHost
import ModbusPort
import Testing

@Suite struct ModbusServerTests {
  /// What unit 1 sends when it hears `frames`, one after the other with a silence between them.
  static func replies(
    to frames: [[UInt8]], handler: (ServerRequest) -> ServerAnswer = echo
  ) throws -> [[UInt8]] {
    let (near, far) = try OwnedDescriptor.pair()
    var server = try Self.server(on: far)
    var replies: [[UInt8]] = []
    var buffer = [UInt8](repeating: 0, count: 300)
    for frame in frames {
      try near.write(frame)
      _ = server.serve(timeoutMs: 1000, handler: handler)
      let count = try #require(near.read(into: &buffer, timeoutMs: 0))
      replies.append(Array(buffer.prefix(count)))
    }
    return replies
  }

  @Test func theReplyToTheMakersFrameIsTheMakersReply() throws {
    // Keller series 30: P1 and its answer, checksums as printed by the maker.
    let request: [UInt8] = [0x01, 0x03, 0x00, 0x02, 0x00, 0x02, 0x65, 0xCB]
    let answer: [UInt8] = [0x01, 0x03, 0x04, 0x3F, 0x75, 0xF0, 0x7B, 0xE3, 0xDE]
    let replies = try Self.replies(to: [request]) { asked in
      #expect(asked == .read(RegisterSpan(table: .holdingRegister, address: 2, count: 2)))
      return .words([0x3F75, 0xF07B])
    }
    #expect(replies == [answer])
  }

  @Test func allWritesReachTheHandler() throws {
    var writes: [ServerRequest] = []
    let frames = [
      framed([1, 5, 0, 9, 0xFF, 0]), framed([1, 6, 0, 10, 0x12, 0x34]),
      framed([1, 15, 0, 3, 0, 10, 2, 0b1010_0101, 0b10]),
      framed([1, 16, 0, 1, 0, 2, 4, 0, 7, 0xFF, 0xFE]),
    ]
    let replies = try Self.replies(to: frames) { request in
      writes.append(request)
      return .written
    }
    #expect(
      writes == [
        .write(RegisterSpan(table: .coil, address: 9, count: 1), [0xFF00]),
        .write(RegisterSpan(table: .holdingRegister, address: 10, count: 1), [0x1234]),
        .write(
          RegisterSpan(table: .coil, address: 3, count: 10), [1, 0, 1, 0, 0, 1, 0, 1, 0, 1]),
        .write(RegisterSpan(table: .holdingRegister, address: 1, count: 2), [7, 0xFFFE]),
      ])
    #expect(
      replies == [
        frames[0], frames[1], framed([1, 15, 0, 3, 0, 10]), framed([1, 16, 0, 1, 0, 2]),
      ])
  }

  @Test func otherUnitsTrafficIsLeftAlone() throws {
    let mine = framed([1, 4, 0, 5, 0, 1])
    let replies = try Self.replies(to: [
      framed([2, 3, 0, 0, 0, 2]), framed([2, 3, 4, 0, 1, 0, 2]), mine,
      // An absent unit is asked: nothing is heard in between.
      framed([9, 3, 0, 0, 0, 2]), mine, framed([2, 5, 0, 1, 0xFF, 0]), mine,
    ])
    let answer = framed([1, 4, 2, 0x04, 0x05])
    #expect(replies == [[], [], answer, [], answer, [], answer])
  }

  @Test func whatAUnitCannotDoIsAnException() throws {
    #expect(
      try Self.replies(to: [
        framed([1, 0x17, 0, 0, 0, 1, 0xFF, 0xF0, 0, 1, 2, 0, 0]), framed([1, 7]),
        framed([1, 3, 0, 0, 0, 0]), framed([1, 3, 0, 0, 0, 126]), framed([1, 3, 0xFF, 0xFF, 0, 2]),
      ]) == [
        framed([1, 0x97, 1]), framed([1, 0x87, 1]), framed([1, 0x83, 3]), framed([1, 0x83, 3]),
        framed([1, 0x83, 2]),
      ])
    #expect(
      try Self.replies(to: [framed([1, 3, 0, 0, 0, 2])]) { _ in .words([1]) } == [
        framed([1, 0x83, 4])
      ])
    #expect(try Self.replies(to: [framed([1, 3, 0, 0, 0, 2])]) { _ in .noAnswer } == [[]])
  }

  @Test(arguments: 0..<8) func anyBytesLeaveTheUnitAnswering(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (near, far) = try OwnedDescriptor.pair()
    var server = try Self.server(on: far)
    var buffer = [UInt8](repeating: 0, count: 600)
    for _ in 0..<60 {
      var bytes = (0..<Int.random(in: 1...280, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) {
        bytes = framed([1, .random(in: 1...24, using: &random)] + bytes.prefix(250))
      }
      try near.write(bytes)
      // Each call takes at least one byte, so this ends.
      while server.serve(timeoutMs: 0, handler: echo) != .idle {}
      while (near.read(into: &buffer, timeoutMs: 0) ?? 0) > 0 {}
    }
    try near.write(framed([1, 4, 0, 5, 0, 1]))
    #expect(server.serve(timeoutMs: 1000, handler: echo) == .served, "seed \(seed)")
    let count = try #require(near.read(into: &buffer, timeoutMs: 1000))
    #expect(Array(buffer.prefix(count)) == framed([1, 4, 2, 0x04, 0x05]), "seed \(seed)")
  }

  @Test func aLineThatIsClosedIsReported() throws {
    let far: OwnedDescriptor
    do {
      let pair = try OwnedDescriptor.pair()
      far = pair.1
    }
    var server = try Self.server(on: far)
    #expect(server.serve(timeoutMs: 1000, handler: echo) == .closed)
  }

  @Test func descriptorsAndUnitsThatCannotBeAreRefused() throws {
    let (near, _) = try OwnedDescriptor.pair()
    let isWithoutLine = ModbusServer(fileDescriptor: -1, unit: 1) == nil
    let isWithoutUnit = ModbusServer(fileDescriptor: near.number, unit: 250) == nil
    #expect(isWithoutLine)
    #expect(isWithoutUnit)
  }

  struct NoServer: Error {}

  private static func server(on line: OwnedDescriptor) throws -> ModbusServer {
    guard let server = ModbusServer(fileDescriptor: line.number, unit: 1) else { throw NoServer() }
    return server
  }
}
