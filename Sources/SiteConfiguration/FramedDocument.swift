internal import Delivery
internal import DeviceProfiles

/// Reads the part of a profile that says how a sensor speaks which does not speak Modbus:
/// `framing`, `messages` and `quantities`.
struct FramedDocument {
  /// The names of a message's fields, and of what type they are in a binary frame.
  private struct Fields {
    var names: [String] = []
    var types: [BinaryNumber] = []

    mutating func append(_ name: String, _ type: BinaryNumber) {
      names.append(name)
      types.append(type)
    }
  }

  private var messages: [FramedMessage] = []
  /// One for each message.
  private var fields: [Fields] = []

  /// The protocol, or nil where it cannot be used; what is wrong has then been said.
  static func read(_ root: YAMLNode) -> FramedProtocol? {
    let framing = root.required("framing").flatMap(FramedDocument.framing)
    let setup = (root.optional("setup")?.list(counts: 1...16) ?? []).compactMap(\.lineSetting)
    var document = FramedDocument()
    let nodes = root.list("messages", counts: 1...64) ?? []
    for node in nodes { document.readMessage(node, framing: framing) }
    let quantities = root.required("quantities").map { document.readQuantities($0) }
    guard let framing, let quantities, document.messages.count == nodes.count else { return nil }
    return FramedProtocol(
      framing: framing, setup: setup, messages: document.messages, quantities: quantities)
  }

  // MARK: Messages

  private mutating func readMessage(_ node: YAMLNode, framing: Framing?) {
    let request = node.requestParts("request", bytes: "requestBytes")
    defer { node.finish() }
    var own = Fields()
    var content: FramedMessage.Content?
    switch framing {
    case .binary(let binary):
      guard let bytes = node.required("fields") else { return }
      var ranges: [Range<Int>] = []
      for (name, field) in bytes.entries() {
        guard let (type, range) = field.byteRange(length: binary.length) else { continue }
        own.append(name, type)
        ranges.append(range)
      }
      bytes.finish()
      content = .bytes(ranges)
    case .veDirect:
      guard let labels = node.required("labels") else { return }
      var texts: [[UInt8]] = []
      for (name, label) in labels.entries() {
        guard let text = label.string() else { continue }
        own.names.append(name)
        texts.append(Array(text.utf8))
      }
      content = .labels(texts)
    case nil:
      // Which of them it has to be is not known.
      for key in ["pattern", "fields", "labels"] { _ = node.optional(key) }
      return
    case .text:
      guard let pattern = node.required("pattern")?.linePattern() else { return }
      own.names = pattern.names
      content = .pattern(pattern)
    }
    for name in own.names where fields.contains(where: { $0.names.contains(name) }) {
      node.report(
        found: .value(name),
        expected: both("each name of a field once", "重複のないフィールド名"))
    }
    guard let content else { return }
    messages.append(FramedMessage(request: request, content: content))
    fields.append(own)
  }

  /// The field with this name, and the index of its message.
  ///
  /// - Parameter format: How a text stands for a number; the bytes of a binary frame say so themselves.
  private func field(
    _ name: String, format: MessageField.Format, of message: Int?, at node: YAMLNode
  ) -> (message: Int, field: MessageField)? {
    for (index, fields) in fields.enumerated() where message == nil || index == message {
      guard let number = fields.names.firstIndex(of: name) else { continue }
      return (
        index,
        MessageField(
          number, format: fields.types.isEmpty ? format : .bytes(fields.types[number]))
      )
    }
    let known = fields.enumerated().filter { message == nil || $0.offset == message }
      .flatMap(\.element.names)
    let list = known.prefix(12).joined(separator: ", ")
    node.report(
      found: .value(name),
      expected: message == nil
        ? both("a field of a message: \(list)", "メッセージのフィールド: \(list)")
        : both("a field of the same message: \(list)", "同じメッセージのフィールド: \(list)"))
    return nil
  }

  // MARK: Quantities

  private func readQuantities(_ node: YAMLNode) -> [FramedQuantity] {
    let quantities = node.entries().compactMap(readQuantity)
    node.finish()
    if quantities.isEmpty, node.found == .mapping {
      node.report(expected: both("at least one quantity", "一つ以上の quantity"))
    }
    return quantities
  }

  private func readQuantity(_ id: String, _ node: YAMLNode) -> FramedQuantity? {
    defer { node.finish() }
    let title = node.string("title") ?? ""
    let unit = node.required("unit")?.unit()?.code ?? ""
    let fieldNode = node.optional("field")
    let format = readFormat(node)
    let scaling = node.scaling()
    let range = node.valueRange()
    guard id.isQuantityID, !id.contains("<") else {
      node.report(
        found: .value(id),
        expected: both(
          "an id of lower-case letters, digits and hyphens", "小文字・数字・ハイフンの ID"))
      return nil
    }
    let found = field(
      fieldNode?.string() ?? id, format: format ?? .decimal, of: nil, at: fieldNode ?? node)
    guard let (message, field) = found else {
      for key in ["unitFrom", "sentinels", "gates"] { _ = node.optional(key) }
      return nil
    }
    var quantity = FramedQuantity(
      id: id, title: title, message: message, field: field.number, format: field.format,
      unit: unit, scaling: scaling, range: range)
    quantity.coding.sentinels = (node.optional("sentinels")?.list() ?? []).compactMap(readSentinel)
    quantity.coding.gates = (node.optional("gates")?.list() ?? []).compactMap {
      readGate($0, message: message)
    }
    quantity.coding.companionScales = [node.optional("unitFrom")].compactMap(\.self).compactMap {
      readUnitCodes($0, message: message)
    }
    return quantity
  }

  private func readFormat(_ node: YAMLNode) -> MessageField.Format? {
    let words = (node.optional("words")?.entries() ?? []).compactMap {
      text, value in value.double().map { MessageField.Word(text: Array(text.utf8), value: $0) }
    }
    let form = node.optional("form")?.choice(["decimal", "hexadecimal", "degrees-minutes"])
    if !words.isEmpty { return .words(words) }
    switch form {
    case "hexadecimal": return .hexadecimal
    case "degrees-minutes": return .degreesMinutes
    default: return nil
    }
  }

  private func readSentinel(_ node: YAMLNode) -> Sentinel<ArraySlice<UInt8>>? {
    let text = node.optional("text")?.string().map { Array($0.utf8) }
    let bytes = node.optional("bytes")?.hexBytes()
    let means = node.required("means")?.choice(Fault.self)
    node.finish()
    guard let content = text ?? bytes, text == nil || bytes == nil else {
      node.report(expected: both("either text or bytes", "text か bytes のどちらか一方"))
      return nil
    }
    return means.map { Sentinel(.raw(content[...]), means: $0) }
  }

  private func readGate(_ node: YAMLNode, message: Int) -> Gate<MessageField>? {
    let fieldNode = node.required("field")
    let equals = node.required("equals")
    let fault = node.optional("otherwise")?.choice(Fault.self) ?? .invalid
    node.finish()
    guard let fieldNode, let name = fieldNode.string(), let equals,
      let (_, field) = field(name, format: .text, of: message, at: fieldNode)
    else { return nil }
    let accepted = (equals.found == .list ? equals.list(counts: 1...64) : [equals]) ?? []
    return Gate(
      companion: name, field: field,
      accepted: accepted.compactMap { $0.string().map { Array($0.utf8)[...] } }, fault: fault)
  }

  private func readUnitCodes(_ node: YAMLNode, message: Int) -> CompanionScale<MessageField>? {
    let fieldNode = node.required("field")
    let codes = (node.required("codes")?.entries() ?? []).compactMap {
      text, value -> ScaleCode<ArraySlice<UInt8>>? in
      let scaling: Scaling?
      if value.found == .mapping {
        scaling = value.scaling()
        value.finish()
      } else {
        scaling = value.ratio().map { Scaling(ratio: $0) }
      }
      return scaling.map { ScaleCode(raw: Array(text.utf8)[...], scaling: $0) }
    }
    node.finish()
    guard let fieldNode, let name = fieldNode.string(),
      let (_, field) = field(name, format: .text, of: message, at: fieldNode)
    else { return nil }
    return CompanionScale(companion: name, field: field, rule: .codes(codes))
  }
}

// MARK: Framing

extension FramedDocument {
  /// `nmea`, `ve-direct`, or a mapping: with `length` for binary frames, otherwise for lines of text.
  private static func framing(_ node: YAMLNode) -> Framing? {
    if node.plainText == "nmea" { return .text(.nmea) }
    if node.plainText == "ve-direct" { return .veDirect }
    guard node.isMappingNode else {
      node.report(
        expected: both(
          "nmea, ve-direct, {end: …} for lines of text or {start: …, length: …} for binary frames",
          "nmea、ve-direct、テキスト行の {end: …}、バイナリの {start: …, length: …}"))
      return nil
    }
    defer { node.finish() }
    if let length = node.optional("length") { return binary(node, length) }
    let end = node.required("end")?.frameByte()
    let start = node.optional("start")?.frameByte()
    let mark = node.optional("checksumAfter")?.frameByte()
    let longest = node.optional("longest")?.integer(in: 1...Framing.longestFrame)
    let ignored = node.optional("ignore")?.hexBytes()
    guard let end else { return nil }
    return .text(
      TextFraming(
        start: start, end: end, checksumMark: mark, longest: longest ?? 82,
        ignored: ignored ?? []))
  }

  private static func binary(_ node: YAMLNode, _ lengthNode: YAMLNode) -> Framing? {
    let length = lengthNode.integer(in: 2...Framing.longestFrame)
    let startNode = node.required("start")
    let start = startNode?.hexBytes()
    let checksumNode = node.optional("checksum")
    let checksum = checksumNode.flatMap { node -> BinaryFraming.Checksum? in
      let kind = node.required("kind")?.choice(BinaryFraming.Checksum.Kind.self)
      let from = node.integer("from", in: 0...Framing.longestFrame)
      let at = node.integer("at", in: 0...Framing.longestFrame)
      node.finish()
      guard let kind, let from, let at else { return nil }
      return BinaryFraming.Checksum(kind: kind, from: from, at: at)
    }
    guard let length, let start else { return nil }
    guard start.count < length else {
      startNode?.report(
        expected: both("fewer bytes than the frame has", "フレーム長より短いバイト列"))
      return nil
    }
    if let checksum {
      guard checksum.from <= checksum.at, checksum.at + checksum.length <= length else {
        checksumNode?.report(
          found: .value("from \(checksum.from) at \(checksum.at)"),
          expected: both("a checksum within the frame", "フレーム内のチェックサム"))
        return nil
      }
    }
    return .binary(BinaryFraming(start: start, length: length, checksum: checksum))
  }
}

extension YAMLNode {
  /// A byte by its name, as a character, or in hexadecimal.
  fileprivate func frameByte() -> UInt8? {
    switch scalarText ?? "" {
    case "CR": return 0x0D
    case "LF": return 0x0A
    case "STX": return 0x02
    case "ETX": return 0x03
    case let text where text.utf8.count == 1 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }:
      return text.utf8.first
    case let text where text.hasPrefix("0x") && text.utf8.count == 4:
      if let byte = UInt8(text.dropFirst(2), radix: 16) { return byte }
    default: break
    }
    report(
      expected: both(
        "CR, LF, STX, ETX, a character such as \"$\", or a byte such as 0x55",
        "CR、LF、STX、ETX、\"$\" のような文字、または 0x55 のようなバイト"))
    return nil
  }

  /// `{send: "P\n", wait: 100 ms, stored: true}`, or `sendBytes`.
  fileprivate var lineSetting: FramedSetting? {
    let parts = requestParts("send", bytes: "sendBytes")
    let wait = optional("wait")?.settingWait() ?? 0
    let isStored = optional("stored")?.bool() ?? false
    finish()
    guard !parts.isEmpty else {
      report(expected: both("send or sendBytes: what is sent", "送信内容 send または sendBytes"))
      return nil
    }
    return FramedSetting(parts: parts, waitMs: wait, isStored: isStored)
  }

  /// How long a sensor that was set is left alone: so long its line stands still.
  private func settingWait() -> UInt32? {
    guard let wait = milliseconds() else { return nil }
    guard wait <= 10_000 else {
      report(expected: both("a wait of at most 10 s", "10 s 以下の待ち時間"))
      return nil
    }
    return wait
  }

  /// A text with `{address}` where the device's address stands, or bytes.
  fileprivate func requestParts(
    _ key: String, bytes bytesKey: String
  ) -> [FramedMessage.RequestPart] {
    if let bytes = optional(bytesKey)?.hexBytes() { return [.bytes(bytes)] }
    guard let text = optional(key)?.string() else { return [] }
    var parts: [FramedMessage.RequestPart] = []
    var rest = text[...]
    while let brace = rest.firstIndex(of: "{"), rest[brace...].hasPrefix("{address}") {
      if brace != rest.startIndex { parts.append(.bytes(Array(rest[..<brace].utf8))) }
      parts.append(.address)
      rest = rest[brace...].dropFirst("{address}".count)
    }
    if !rest.isEmpty { parts.append(.bytes(Array(rest.utf8))) }
    return parts
  }

  fileprivate func linePattern() -> FramePattern? {
    guard let text = string() else { return nil }
    do throws(FramePattern.Fault) {
      return try FramePattern(text)
    } catch {
      switch error {
      case .field:
        report(
          expected: both(
            "fields as {name} or {name:4}, each name once",
            "フィールドは {名前} または {名前:4}、重複なし"))
      case .ambiguous:
        report(
          expected: both(
            "a literal text between two parts of open length",
            "長さの決まらない部分の間には固定文字列"))
      case .text:
        report(
          expected: both(
            "1 to \(Framing.longestFrame) characters of ASCII",
            "ASCII 文字 1〜\(Framing.longestFrame) 字"))
      }
      return nil
    }
  }

  /// `{at: 1, type: uint16}`: bytes within a frame of so many.
  fileprivate func byteRange(length: Int) -> (type: BinaryNumber, range: Range<Int>)? {
    let at = integer("at", in: 0...(length - 1))
    let type = required("type")?.choice(BinaryNumber.self)
    finish()
    guard let at, let type else { return nil }
    guard at + type.count <= length else {
      report(
        found: .value("\(type.rawValue) at \(at)"),
        expected: both("bytes within the frame", "フレーム内のバイト"))
      return nil
    }
    return (type, at..<(at + type.count))
  }

  /// `range: [low, high]`.
  fileprivate func valueRange() -> ClosedRange<Double>? {
    guard let node = optional("range"), let ends = node.list(counts: 2...2)?.map({ $0.double() }),
      let low = ends[0], let high = ends[1]
    else { return nil }
    guard low < high else {
      node.report(
        found: .value("[\(low), \(high)]"),
        expected: both("a low end below the high end", "下限 < 上限"))
      return nil
    }
    return low...high
  }
}
