internal import DeviceProfiles
package import Polling

extension BusRequest {
  /// The function code on the wire.
  package var functionCode: UInt8 {
    switch self {
    case .read(let span): span.table.readFunctionCode
    case .writeCoil: 5
    case .writeRegister: 6
    case .other(let function, _): function
    }
  }

  /// The first register or bit that it names, counted from 0; 0 for what names none.
  package var address: UInt16 {
    switch self {
    case .read(let span): span.address
    case .writeCoil(let address, _), .writeRegister(let address, _): address
    case .other(_, let data): Self.word(data, at: 0)
    }
  }

  /// How many registers or bits it reads or writes; 0 for what is neither.
  package var count: UInt16 {
    switch self {
    case .read(let span): span.count
    case .writeCoil, .writeRegister, .other(function: 5...6, _): 1
    case .other(function: 16, let data): Self.word(data, at: 2)
    case .other: 0
    }
  }

  /// The word that it writes at `index` of `count`, as on the wire.
  package func written(_ index: Int) -> UInt16 {
    switch self {
    case .writeCoil(_, let on): on ? 0xFF00 : 0
    case .writeRegister(_, let value): value
    case .other(function: 5...6, let data): Self.word(data, at: 2)
    case .other(function: 16, let data): Self.word(data, at: 5 + 2 * index)
    case .read, .other: 0
    }
  }

  private static func word(_ data: [UInt8], at index: Int) -> UInt16 {
    data.count < index + 2 ? 0 : UInt16(data[index]) << 8 | UInt16(data[index + 1])
  }
}
