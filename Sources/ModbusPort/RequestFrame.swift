import DeviceProfiles

/// A request as it goes out, and what the answer to it must be like.
struct RequestFrame {
  /// What follows the function code of a good answer.
  enum AnswerForm: Hashable {
    /// So many bytes, behind their number: a read.
    case data(bytes: Int)
    /// The first so many bytes of the request's data: a write.
    case echo(bytes: Int)
    /// As many bytes as the first one says.
    case counted
    /// Nobody knows how many bytes.
    case open

    /// The form for a function and data that belong to no read of the four tables.
    init(function: UInt8, data: [UInt8]) {
      switch function {
      case 5, 6, 15, 16: self = .echo(bytes: min(4, data.count))
      case 22: self = .echo(bytes: min(6, data.count))
      case 17, 23: self = .counted
      // A read whose length is in the request.
      case 1...4 where data.count == 4:
        let count = Int(data[2]) << 8 | Int(data[3])
        self = .data(bytes: function < 3 ? (count + 7) / 8 : 2 * count)
      default: self = .open
      }
    }
  }

  /// How frames stand on the connection.
  let framing: ModbusFraming
  /// The whole frame.
  private(set) var bytes: [UInt8] = []
  /// What the answer must be like.
  private(set) var form = AnswerForm.open
  /// The number that an answer over TCP must carry.
  private(set) var transaction: UInt16 = 0

  /// Makes room for the longest frame, so that nothing is allocated later.
  init(framing: ModbusFraming) {
    self.framing = framing
    bytes.reserveCapacity(Self.longest)
  }

  /// The longest frame: the 256 bytes of a serial line's, or 260 with the header of TCP.
  static var longest: Int { 260 }

  /// Where the unit stands; the function code is behind it.
  private var unitPlace: Int { framing == .tcp ? 6 : 0 }
  var unit: UInt8 { bytes[unitPlace] }
  var function: UInt8 { bytes[unitPlace + 1] }
  /// What the request holds behind the function code.
  var data: ArraySlice<UInt8> {
    bytes[(unitPlace + 2)..<(framing == .tcp ? bytes.count : bytes.count - 2)]
  }
  /// True where the answer on a serial line is the request, byte for byte.
  var isAnsweredByItself: Bool {
    if case .echo(let count) = form { framing == .rtu && count == data.count } else { false }
  }

  /// Begins another request.
  mutating func begin(unit: UInt8, function: UInt8, form: AnswerForm) {
    bytes.removeAll(keepingCapacity: true)
    self.form = form
    if framing == .tcp {
      transaction &+= 1
      append(word: transaction)
      append(word: 0)
      append(word: 0)
    }
    bytes.append(unit)
    bytes.append(function)
  }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(word: UInt16) {
    bytes.append(UInt8(word >> 8))
    bytes.append(UInt8(word & 0xFF))
  }

  /// Closes the frame with its checksum, or sets the length in its header.
  mutating func end() {
    switch framing {
    case .rtu:
      let checksum = RTUFrame.checksum(of: bytes[...])
      bytes.append(UInt8(checksum & 0xFF))
      bytes.append(UInt8(checksum >> 8))
    case .tcp:
      let length = bytes.count - 6
      bytes[4] = UInt8(length >> 8)
      bytes[5] = UInt8(length & 0xFF)
    }
  }
}
