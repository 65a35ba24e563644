import DeviceProfiles

/// How Modbus frames stand on a simulated bus.
public enum WireFraming: Hashable, Sendable {
  /// Unit address, function code, data and checksum.
  case rtu
  /// The header of Modbus TCP, function code and data.
  case tcp
}

/// One frame taken apart, so that a part of it can be spoiled.
struct WireFrame {
  /// Transaction and protocol number of a TCP frame; empty in RTU.
  private let header: ArraySlice<UInt8>
  /// The unit address.
  var unit: UInt8
  /// The function code and its data.
  var pdu: [UInt8]

  /// Takes a good frame apart; nil for anything else.
  init?(_ bytes: [UInt8], _ framing: WireFraming) {
    switch framing {
    case .rtu:
      guard let frame = try? RTUFrame(bytes: bytes) else { return nil }
      header = []
      unit = frame.unit
      pdu = frame.pdu
    case .tcp:
      guard bytes.count >= 8 else { return nil }
      header = bytes[..<4]
      unit = bytes[6]
      pdu = Array(bytes[7...])
    }
  }

  /// The frame with a length and checksum that fit it.
  var bytes: [UInt8] {
    guard !header.isEmpty else { return RTUFrame(unit: unit, pdu: pdu).bytes }
    let length = pdu.count + 1
    var bytes = Array(header)
    bytes.append(UInt8(truncatingIfNeeded: length >> 8))
    bytes.append(UInt8(truncatingIfNeeded: length))
    bytes.append(unit)
    return bytes + pdu
  }

  /// The index of what protects a frame from being taken for another: the last byte of the
  /// checksum, or of the transaction number.
  static func guardIndex(in bytes: [UInt8], _ framing: WireFraming) -> Int {
    framing == .rtu ? bytes.count - 1 : 1
  }
}
