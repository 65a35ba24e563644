public import DetectionCore
import DeviceProfiles

extension DeviceModel {
  /// Answers a frame that is not simply a read or a write: a preparation, a number in the value field
  /// of function code 5, a function that the device does not have, or a length that its function
  /// cannot have.
  ///
  /// - Returns: The frame that comes back, empty for none; nil where the request is a plain one.
  public mutating func answer(
    toRaw request: [UInt8], framing: WireFraming, at time: TimeSpan
  ) -> [UInt8]? {
    guard var frame = WireFrame(request, framing), let function = frame.pdu.first, function < 0x80
    else { return [] }
    if frame.isPlain { return nil }
    switch answer(function: function, data: Array(frame.pdu.dropFirst()), at: time) {
    case .written: break
    case .words(let bytes): frame.pdu = [function] + bytes.map { UInt8(truncatingIfNeeded: $0) }
    case .exception(let code): frame.pdu = [function | 0x80, code]
    case .noAnswer: return []
    }
    let isBroadcast = framing == .rtu && frame.unit == 0
    return isBroadcast ? [] : frame.bytes
  }

  /// Answers any function; where something is read, with one word a byte behind the function code.
  mutating func answer(function: UInt8, data: [UInt8], at time: TimeSpan) -> DeviceAnswer {
    if profile.preparation.contains(where: { $0.request == .other([function] + data) }) {
      return .written
    }
    switch function {
    case 5 where data.count == 4:
      return writeCoil(
        UInt16(data[0]) << 8 | UInt16(data[1]), value: UInt16(data[2]) << 8 | UInt16(data[3]),
        at: time)
    case 16 where data.count >= 5 && data.count == 5 + 2 * (Int(data[2]) << 8 | Int(data[3])):
      let words = stride(from: 5, to: data.count, by: 2).map {
        UInt16(data[$0]) << 8 | UInt16(data[$0 + 1])
      }
      return write(
        .holdingRegister, address: UInt16(data[0]) << 8 | UInt16(data[1]), words: words, at: time)
    case 17 where data.isEmpty:
      guard let text = profile.serverText else { return .exception(1) }
      return .words([UInt16(text.count + 1)] + text.map { UInt16($0) } + [0xFF])
    case 1...6, 15, 16: return .illegalValue
    default: return .exception(1)
    }
  }

  /// Carries out function code 5: 0xFF00 is on, 0 is off, and any other value counts only for a
  /// coil that takes a number there.
  private mutating func writeCoil(
    _ address: UInt16, value: UInt16, at time: TimeSpan
  ) -> DeviceAnswer {
    let takesNumber = states.contains {
      let field = $0.quantity.field
      return field.table == .coil && field.address == address && field.type != .bit
    }
    switch value {
    case _ where takesNumber: return write(.coil, address: address, words: [value], at: time)
    case 0xFF00: return write(.coil, address: address, words: [1], at: time)
    case 0: return write(.coil, address: address, words: [0], at: time)
    default: return .illegalValue
    }
  }
}

extension DeviceProfile {
  /// What the device tells of itself by function code 17, as far as its profile knows; nil where it
  /// tells nothing.
  fileprivate var serverText: [UInt8]? {
    for case .serverText(let text) in identity where text.utf8.count < 250 {
      return Array(text.utf8)
    }
    return nil
  }
}

extension WireFrame {
  /// True for a read, and for a write whose length is what its count says.
  fileprivate var isPlain: Bool {
    guard let function = pdu.first, pdu.count >= 5 else { return false }
    let count = Int(pdu[3]) << 8 | Int(pdu[4])
    switch function {
    case 1...4, 6: return pdu.count == 5
    case 5: return pdu.count == 5 && (count == 0 || count == 0xFF00)
    case 15, 16:
      let bytes = function == 15 ? (count + 7) / 8 : 2 * count
      return count > 0 && pdu.count == 6 + bytes && Int(pdu[5]) == bytes
    default: return false
    }
  }
}
