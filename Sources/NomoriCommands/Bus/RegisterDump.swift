internal import DetectionCore
internal import DeviceProfiles

/// What stands in a row of registers or bits, in every form that it could be meant.
struct RegisterDump {
  let span: RegisterSpan
  /// One word a register, or 0 or 1 a bit.
  let words: [UInt16]
  let language: Language
  let style: TerminalStyle

  /// The lines: each register by itself, and below them each two in every order.
  var lines: [String] {
    span.table.isBits ? bitLines : registerLines + pairLines
  }

  private var bitLines: [String] {
    let title = [language.pick("address", "アドレス"), "", language.pick("state", "状態")]
    return table(
      [title]
        + words.enumerated().map { index, word in
          let address = address(index)
          return ["\(address)", hex(address), word == 0 ? "0  off" : "1  on"]
        })
  }

  private var registerLines: [String] {
    let title = [language.pick("address", "アドレス"), "", "hex", "u16", "s16", "binary", "text"]
    return table(
      [title]
        + words.enumerated().map { index, word in
          [
            "\(address(index))", hex(address(index)), hex(word), "\(word)",
            "\(Int16(bitPattern: word))", binary(word), characters(word),
          ]
        })
  }

  private var pairLines: [String] {
    guard words.count >= 2 else { return [] }
    let title = [language.pick("two at", "二語"), "", "order", "u32", "s32", "f32"]
    var rows = [title]
    for pair in pairs {
      for order in WordOrder.allCases {
        let form = form(pair, order)
        rows.append([
          order == .abcd ? "\(pair)" : "", order == .abcd ? hex(pair) : "", order.rawValue,
          "\(form.unsigned)", "\(form.signed)", form.float.isNaN ? "nan" : "\(form.float)",
        ])
      }
    }
    return [""] + table(rows)
  }

  /// The addresses at which two registers are taken together: each second one.
  private var pairs: [UInt16] { stride(from: 0, to: words.count - 1, by: 2).map(address) }

  private struct Form {
    var unsigned: UInt32
    var signed: Int32
    var float: Float
  }

  private func form(_ address: UInt16, _ order: WordOrder) -> Form {
    let field = RawField(table: span.table, address: address, type: .uint32, order: order)
    let raw = field.read { _, address in words[Int(address - span.address)] } ?? 0
    let bits = UInt32(truncatingIfNeeded: raw)
    return Form(
      unsigned: bits, signed: Int32(bitPattern: bits), float: Float(bitPattern: bits))
  }

  private func address(_ index: Int) -> UInt16 { span.address &+ UInt16(index) }

  private func table(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in
      rows.map { TerminalText.width($0[column]) }.max() ?? 0
    }
    return rows.enumerated().map { index, row in
      let cells = row.indices.map { column in
        column == row.count - 1
          ? row[column] : TerminalText.fit(row[column], widths[column], alignRight: true)
      }
      let line = cells.joined(separator: "  ")
      return index == 0 ? style.dim(line) : line
    }
  }

  private func hex(_ word: UInt16) -> String { "0x" + word.hexadecimal }

  private func binary(_ word: UInt16) -> String {
    let digits = String(word, radix: 2)
    let all = Array(String(repeating: "0", count: 16 - digits.count) + digits)
    return stride(from: 0, to: 16, by: 4).map { String(all[$0..<$0 + 4]) }.joined(separator: " ")
  }

  private func characters(_ word: UInt16) -> String {
    [UInt8(word >> 8), UInt8(word & 0xFF)].map { byte in
      (0x20...0x7E).contains(byte) ? String(UnicodeScalar(byte)) : "."
    }.joined()
  }
}

extension RegisterDump {
  /// The dump for programs.
  struct JSON: Encodable {
    struct Register: Encodable {
      var address: UInt16
      var hex: String
      var uint16: UInt16
      var int16: Int16
      var binary: String
    }
    struct Bit: Encodable {
      var address: UInt16
      var on: Bool
    }
    struct Pair: Encodable {
      var address: UInt16
      var order: String
      var uint32: UInt32
      var int32: Int32
      /// Absent where the bits are no finite number.
      var float32: Float?
    }
    var unit: UInt8
    var responseMs: Double
    var table: String
    var registers: [Register]?
    var bits: [Bit]?
    var pairs: [Pair]?
  }

  /// The dump for programs, as unit `unit` sent it in `responseTime`.
  func json(unit: UInt8, responseTime: TimeSpan) -> JSON {
    let milliseconds = responseTime.seconds * 1000
    guard !span.table.isBits else {
      return JSON(
        unit: unit, responseMs: milliseconds, table: span.table.word,
        bits: words.enumerated().map { JSON.Bit(address: address($0), on: $1 != 0) })
    }
    let registers = words.enumerated().map { index, word in
      JSON.Register(
        address: address(index), hex: hex(word), uint16: word, int16: Int16(bitPattern: word),
        binary: binary(word).filter { $0 != " " })
    }
    let pairs = pairs.flatMap { pair in
      WordOrder.allCases.map { order in
        let form = form(pair, order)
        return JSON.Pair(
          address: pair, order: order.rawValue, uint32: form.unsigned, int32: form.signed,
          float32: form.float.isFinite ? form.float : nil)
      }
    }
    return JSON(
      unit: unit, responseMs: milliseconds, table: span.table.word, registers: registers,
      pairs: pairs)
  }
}
