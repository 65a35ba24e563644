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
  static func read(_ root: Section<FramedProfileKeys>) -> FramedProtocol? {
    let framing = root.framing.flatMap(FramedDocument.framing)
    let setup = (root.setup ?? []).compactMap(FramedDocument.setting)
    var document = FramedDocument()
    let nodes = root.messages ?? []
    for node in nodes { document.readMessage(node, framing: framing) }
    let quantities = root.quantities.map {
      document.readQuantities($0, of: root.node(\.quantities))
    }
    guard let framing, let quantities, document.messages.count == nodes.count else { return nil }
    return FramedProtocol(
      framing: framing, setup: setup, messages: document.messages, quantities: quantities)
  }

  // MARK: Messages

  /// Of what kind the messages are is decided by their framing; where that could not be read, not even
  /// their keys can be judged.
  private mutating func readMessage(_ node: YAMLNode, framing: Framing?) {
    guard let framing else { return }
    let request: [FramedMessage.RequestPart]
    var own = Fields()
    var content: FramedMessage.Content?
    switch framing {
    case .binary(let binary):
      let message = Section<BinaryMessageKeys>(node)
      request = Self.request(message.request)
      guard let entries = message.fields else { return }
      var ranges: [Range<Int>] = []
      for (name, field) in entries {
        guard let (type, range) = Self.bytes(Section(field), length: binary.length) else {
          continue
        }
        own.append(name, type)
        ranges.append(range)
      }
      content = .bytes(ranges)
    case .veDirect:
      let message = Section<LabelledMessageKeys>(node)
      request = Self.request(message.request)
      guard let entries = message.labels else { return }
      var texts: [[UInt8]] = []
      for (name, label) in entries {
        guard let text = label.string() else { continue }
        own.names.append(name)
        texts.append(Array(text.utf8))
      }
      content = .labels(texts)
    case .text:
      let message = Section<TextMessageKeys>(node)
      request = Self.request(message.request)
      guard let pattern = message.pattern else { return }
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

  private func readQuantities(
    _ entries: [(key: String, value: YAMLNode)], of list: YAMLNode?
  ) -> [FramedQuantity] {
    let quantities = entries.compactMap(readQuantity)
    if let list, quantities.isEmpty, list.found == .mapping {
      list.report(expected: both("at least one quantity", "一つ以上の quantity"))
    }
    return quantities
  }

  private func readQuantity(_ id: String, _ node: YAMLNode) -> FramedQuantity? {
    let section = Section<FramedQuantityKeys>(node)
    let title = section.title ?? ""
    let unit = section.unit?.code ?? ""
    let fieldNode = section.field
    let format = readFormat(section)
    let scaling = section.scaling.scaling
    let range = section.range
    guard id.isQuantityID, !id.contains("<") else {
      node.report(
        found: .value(id),
        expected: both(
          "an id of lower-case letters, digits and hyphens", "小文字・数字・ハイフンの ID"))
      return nil
    }
    let found = field(
      fieldNode?.string() ?? id, format: format ?? .decimal, of: nil, at: fieldNode ?? node)
    guard let (message, field) = found else { return nil }
    var quantity = FramedQuantity(
      id: id, title: title, message: message, field: field.number, format: field.format,
      unit: unit, scaling: scaling, range: range)
    quantity.coding.sentinels = (section.sentinels ?? []).compactMap(readSentinel)
    quantity.coding.gates = (section.gates ?? []).compactMap { readGate($0, message: message) }
    quantity.coding.companionScales = [section.unitFrom].compactMap(\.self).compactMap {
      readUnitCodes($0, message: message)
    }
    return quantity
  }

  private func readFormat(_ section: Section<FramedQuantityKeys>) -> MessageField.Format? {
    let words = (section.words ?? []).compactMap {
      text, value in value.double().map { MessageField.Word(text: Array(text.utf8), value: $0) }
    }
    let form = section.form
    if !words.isEmpty { return .words(words) }
    switch form {
    case .decimal: return nil
    case .hexadecimal: return .hexadecimal
    case .degreesMinutes: return .degreesMinutes
    }
  }

  private func readSentinel(_ section: Section<FramedSentinelKeys>) -> Sentinel<ArraySlice<UInt8>>?
  {
    let text = section.text.map { Array($0.utf8) }
    let bytes = section.bytes
    let means = section.means
    guard let content = text ?? bytes, text == nil || bytes == nil else {
      section.node.report(
        expected: both("either text or bytes", "text か bytes のどちらか一方"))
      return nil
    }
    return means.map { Sentinel(.raw(content[...]), means: $0) }
  }

  private func readGate(
    _ section: Section<FramedGateKeys>, message: Int
  ) -> Gate<MessageField>? {
    let fieldNode = section.field
    let equals = section.equals
    let fault = section.otherwise
    guard let fieldNode, let name = fieldNode.string(), let equals,
      let (_, field) = field(name, format: .text, of: message, at: fieldNode)
    else { return nil }
    let accepted = (equals.found == .list ? equals.list(counts: 1...64) : [equals]) ?? []
    return Gate(
      companion: name, field: field,
      accepted: accepted.compactMap { $0.string().map { Array($0.utf8)[...] } }, fault: fault)
  }

  private func readUnitCodes(
    _ section: Section<FramedUnitKeys>, message: Int
  ) -> CompanionScale<MessageField>? {
    let fieldNode = section.field
    let codes = (section.codes ?? []).compactMap { text, value in
      value.codeScaling().map {
        ScaleCode(raw: Array(text.utf8)[...], scaling: $0)
      }
    }
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
    if let section = Section<BinaryFramingKeys>(node, with: \.length) { return binary(section) }
    let section = Section<TextFramingKeys>(node)
    let end = section.end
    let start = section.start
    let mark = section.checksumAfter
    let longest = section.longest
    let ignored = section.ignore
    guard let end else { return nil }
    return .text(
      TextFraming(
        start: start, end: end, checksumMark: mark, longest: longest, ignored: ignored ?? []))
  }

  private static func binary(_ section: Section<BinaryFramingKeys>) -> Framing? {
    let length = section.length
    let start = section.start
    let checksum = section.checksum.flatMap { section -> BinaryFraming.Checksum? in
      let kind = section.kind
      let from = section.from
      let at = section.at
      guard let kind, let from, let at else { return nil }
      return BinaryFraming.Checksum(kind: kind, from: from, at: at)
    }
    guard let length, let start else { return nil }
    guard start.count < length else {
      section.node(\.start)?.report(
        expected: both("fewer bytes than the frame has", "フレーム長より短いバイト列"))
      return nil
    }
    if let checksum {
      guard checksum.from <= checksum.at, checksum.at + checksum.length <= length else {
        section.node(\.checksum)?.report(
          found: .value("from \(checksum.from) at \(checksum.at)"),
          expected: both("a checksum within the frame", "フレーム内のチェックサム"))
        return nil
      }
    }
    return .binary(BinaryFraming(start: start, length: length, checksum: checksum))
  }

  // MARK: Parts

  private static func setting(_ section: Section<SettingKeys>) -> FramedSetting? {
    let parts = section.sendBytes.map { [FramedMessage.RequestPart.bytes($0)] } ?? section.send
    let wait = section.wait
    let isStored = section.stored
    guard let parts else {
      section.node.report(
        expected: both("send or sendBytes: what is sent", "送信内容 send または sendBytes"))
      return nil
    }
    return FramedSetting(parts: parts, waitMs: wait, isStored: isStored)
  }

  /// What is sent for a message; nothing where it comes by itself.
  private static func request(
    _ section: Section<RequestKeys>
  ) -> [FramedMessage.RequestPart] {
    if let bytes = section.requestBytes { return [.bytes(bytes)] }
    return section.request ?? []
  }

  /// Bytes within a frame of so many.
  private static func bytes(
    _ section: Section<BytesKeys>, length: Int
  ) -> (type: BinaryNumber, range: Range<Int>)? {
    let at = section.at
    let type = section.type
    guard let at, let type else { return nil }
    guard at + type.count <= length else {
      section.node.report(
        found: .value("\(type.rawValue) at \(at)"),
        expected: both("bytes within the frame", "フレーム内のバイト"))
      return nil
    }
    return (type, at..<(at + type.count))
  }
}
