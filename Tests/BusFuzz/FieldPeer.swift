import DeviceProfiles

/// The devices at the far end: they answer as the dice say, and well once the dice are used up.
struct FieldPeer {
  /// True for Modbus TCP, false for RTU frames on a TCP connection.
  var isTCP = false
  /// What decides; the bytes behind them are the fuzzer's.
  var dice = unsafe Dice(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
  /// True from a request that is about to come to its end.
  var isAsked = false
  /// Coils that were written.
  var coils: [UInt16: Bool] = [:]
  /// A write that no device of the plan may get.
  private(set) var forbiddenWrite: [UInt8]?
  /// What is said in the waits to come, a piece each.
  private var pieces: [[UInt8]] = []
  private var lastAnswer: [UInt8] = []

  /// What every register holds, by its address: small, so that it also does as a number of decimals.
  static func word(at address: UInt16) -> UInt16 { address % 7 }

  /// Takes a request, if one is there, and says the next piece.
  mutating func speak() {
    if isAsked {
      isAsked = false
      var heard = [UInt8](repeating: 0, count: 512)
      let count = unsafe heard.withUnsafeMutableBufferPointer { buffer in
        unsafe peer_hear(buffer.baseAddress, buffer.count)
      }
      let request = Array(heard.prefix(count))
      if !request.isEmpty { pieces = answers(to: request) }
    } else if pieces.isEmpty, !dice.isOver, dice.isOne(in: 8) {
      pieces = [madeUp()]
    }
    guard !pieces.isEmpty else { return }
    let piece = pieces.removeFirst()
    unsafe piece.withUnsafeBufferPointer { unsafe peer_say($0.baseAddress, $0.count) }
  }

  private mutating func madeUp() -> [UInt8] { (0..<dice.below(64)).map { _ in dice.byte() } }

  private mutating func answers(to request: [UInt8]) -> [[UInt8]] {
    let good = goodAnswer(to: request)
    var answer = good
    defer { lastAnswer = answer }
    guard !dice.isOver, !good.isEmpty else { return [good] }
    switch dice.below(16) {
    case 0: return []
    case 1: answer = madeUp()
    case 2: answer[dice.below(answer.count)] ^= dice.byte()
    case 3: answer.removeLast(dice.below(answer.count))
    case 4: answer += madeUp()
    case 5: answer = madeUp() + answer
    case 6: answer = frame(like: request, [pdu(request)[0] | 0x80, dice.byte()])
    // Right around, wrong within.
    case 7: answer = frame(like: request, [pdu(request)[0]] + madeUp())
    case 8: answer = frame(like: request, madeUp())
    case 9: answer = frame(like: request, pdu(good), unit: dice.byte())
    case 10: answer = lastAnswer
    case 11: answer = request + answer
    case 12:
      peer_hang_up()
      return []
    case 13:
      let cut = dice.below(answer.count)
      return [Array(answer[..<cut]), Array(answer[cut...])]
    default: break
    }
    return [answer]
  }

  private func pdu(_ frame: [UInt8]) -> [UInt8] {
    isTCP ? Array(frame.dropFirst(7)) : Array(frame.dropFirst().dropLast(2))
  }

  /// A frame with the right length or checksum, from the unit that was asked or another one.
  private func frame(like request: [UInt8], _ pdu: [UInt8], unit: UInt8? = nil) -> [UInt8] {
    guard isTCP else { return RTUFrame(unit: unit ?? request[0], pdu: pdu).bytes }
    let length = UInt16(pdu.count + 1)
    return request[..<2] + [0, 0, UInt8(length >> 8), UInt8(length & 0xFF), unit ?? request[6]]
      + pdu
  }

  /// The answer of a device that is well; nothing to what is no request.
  private mutating func goodAnswer(to request: [UInt8]) -> [UInt8] {
    let asked = pdu(request)
    guard asked.count >= 5 || asked == [17] else { return [] }
    let function = asked[0]
    let address = asked.count < 3 ? 0 : UInt16(asked[1]) << 8 | UInt16(asked[2])
    let count = asked.count < 5 ? 0 : Int(asked[3]) << 8 | Int(asked[4])
    let isWrite = [5, 6, 15, 16].contains(function)
    if isWrite, !FuzzedPlan.writable.contains([function, asked[1], asked[2]]) {
      forbiddenWrite = asked
    }
    switch function {
    case 1, 2:
      var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
      for index in 0..<count where coils[address &+ UInt16(index)] == true {
        bits[index / 8] |= 1 << UInt8(index % 8)
      }
      return frame(like: request, [function, UInt8(bits.count)] + bits)
    case 3, 4:
      let words = (0..<count).map { Self.word(at: address &+ UInt16($0)) }
      return frame(
        like: request,
        [function, UInt8(truncatingIfNeeded: 2 * count)]
          + words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    case 5:
      coils[address] = asked[3] != 0
      return frame(like: request, asked)
    case 6: return frame(like: request, asked)
    case 15, 16: return frame(like: request, Array(asked[..<5]))
    case 17: return frame(like: request, [17, 3, 1, 0xFF, 0x4E])
    default: return frame(like: request, [function | 0x80, 1])
    }
  }
}
