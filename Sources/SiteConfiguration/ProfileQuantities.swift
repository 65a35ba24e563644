internal import Delivery
internal import DeviceProfiles

/// Reads the `quantities` of a profile.
///
/// A key with `<n>` in it, together with `repeat: {count: 8}`, stands for that many quantities,
/// numbered from 1, one behind the other or `step` addresses apart. `<n>` is then also replaced in
/// titles and in the ids of companions.
struct ProfileQuantities {
  let addressing: ProfileAddressing
  let limits: ReadLimits

  /// Quantities as they stand in the file, before `<n>` is replaced and companions are found.
  private struct Entry {
    var node: YAMLNode
    var quantity: ProfileQuantity
    var companions: [Companion] = []
    var count = 1
    var step = 1
  }

  /// A companion by its id, and what to do once its field is known.
  private struct Companion {
    var node: YAMLNode
    var id: String
    var attach: (inout ProfileQuantity, String, RawField) -> Void
  }

  func read(_ node: YAMLNode) -> [ProfileQuantity] {
    let nodes = node.entries()
    let entries = nodes.compactMap(entry)
    node.finish()
    if nodes.isEmpty, node.found == .mapping {
      node.report(
        expected: LocalizedText(english: "at least one quantity", japanese: "一つ以上の quantity"))
    }
    var quantities: [ProfileQuantity] = []
    for entry in entries {
      for number in 1...entry.count {
        let quantity = expand(entry, number)
        if quantities.contains(where: { $0.id == quantity.id }) {
          entry.node.report(
            found: .value(quantity.id),
            expected: LocalizedText(english: "each id once", japanese: "重複のない ID"))
        }
        quantities.append(quantity)
      }
    }
    attachCompanions(of: entries, to: &quantities, keys: nodes.map(\.key))
    return quantities
  }

  // MARK: Repeats and companions

  private func expand(_ entry: Entry, _ number: Int) -> ProfileQuantity {
    var quantity = entry.quantity
    quantity.id = quantity.id.numbered(number)
    quantity.title = quantity.title.numbered(number)
    quantity.field.address += UInt16((number - 1) * entry.step)
    quantity.timedOutput = quantity.timedOutput?.numbered(number)
    return quantity
  }

  /// Of a companion that stands in the file but could not be read, enough was said already.
  private func attachCompanions(
    of entries: [Entry], to quantities: inout [ProfileQuantity], keys: [String]
  ) {
    var index = 0
    for entry in entries {
      for number in 1...entry.count {
        for companion in entry.companions {
          let id = companion.id.numbered(number)
          if let field = quantities.first(where: { $0.id == id })?.field {
            companion.attach(&quantities[index], id, field)
          } else if number == 1 && !keys.contains(companion.id) {
            companion.node.report(
              expected: LocalizedText(
                english: "the id of a quantity of this profile",
                japanese: "このプロファイルの quantity の ID"))
          }
        }
        index += 1
      }
    }
  }

  // MARK: One quantity

  private func entry(_ key: String, _ node: YAMLNode) -> Entry? {
    guard key.isQuantityID else {
      node.report(
        found: .value(key),
        expected: LocalizedText(
          english: "an id of lower-case letters, digits and hyphens",
          japanese: "小文字・数字・ハイフンの ID"))
      return nil
    }
    let field = Self.field(node, addressing)
    var entry = Entry(
      node: node,
      quantity: ProfileQuantity(
        id: key,
        field: field ?? RawField(table: .holdingRegister, address: 0, type: .uint16), unit: ""))
    readMeaning(node, &entry)
    readAccess(node, &entry)
    readRepeat(node, &entry)
    node.finish()
    guard field != nil else { return nil }
    checkReadable(entry)
    return entry
  }

  /// `table`, `address`, `type`, `order` and `bits`.
  static func field(_ node: YAMLNode, _ addressing: ProfileAddressing) -> RawField? {
    let place = addressing.place(node)
    let typeNode = node.optional("type")
    let type = typeNode == nil ? nil : typeNode?.choice(RawType.self)
    let order = node.optional("order")
    let bits = node.optional("bits").flatMap { node in
      let shift = node.integer("shift", in: 0...63)
      let width = node.optional("width")?.integer(in: 1...64) ?? 1
      node.finish()
      return shift.map { (node, BitField(shift: UInt8($0), width: UInt8(width))) }
    }
    guard let place else { return nil }
    if typeNode == nil, !place.table.isBits { _ = node.required("type") }
    guard let type = type ?? (typeNode == nil && place.table.isBits ? .bit : nil) else {
      return nil
    }
    var field = RawField(table: place.table, address: place.address, type: type)
    guard (type == .bit) == place.table.isBits || (type == .uint16 && place.table == .coil) else {
      typeNode?.report(
        expected: place.table.isBits
          ? LocalizedText(english: "bit, in a table of bits", japanese: "ビット表では bit")
          : LocalizedText(
            english: "a type of registers, in a table of registers",
            japanese: "レジスタ表ではレジスタの型"))
      return nil
    }
    if let order = type.count > 1 ? node.required("order") : order {
      guard let order = order.choice(WordOrder.self) else { return nil }
      field.order = order
    }
    if let (bitsNode, bits) = bits {
      guard !type.isFloat, type != .bit, Int(bits.shift) + Int(bits.width) <= Int(type.width)
      else {
        bitsNode.report(
          expected: LocalizedText(
            english: "bits within an integer type", japanese: "整数型の範囲内のビット"))
        return nil
      }
      field.bits = bits
    }
    guard field.span.end <= 65536 else {
      node.reportBeyondTable()
      return nil
    }
    return field
  }

  private func readMeaning(_ node: YAMLNode, _ entry: inout Entry) {
    entry.quantity.title = node.string("title") ?? ""
    entry.quantity.unit = node.required("unit")?.unit()?.code ?? ""
    entry.quantity.coding.scaling = node.scaling()
    if let node = node.optional("decimalsFrom"), let id = node.string() {
      entry.companions.append(
        Companion(node: node, id: id) {
          $0.coding.companionScales.append(
            CompanionScale(companion: $1, field: $2, rule: .decimals))
        })
    }
    if let node = node.optional("unitFrom") { readUnitCodes(node, &entry) }
    if let nodes = node.optional("sentinels")?.list() {
      entry.quantity.coding.sentinels = nodes.compactMap { sentinel($0, entry.quantity.field) }
    }
    for node in node.optional("gates")?.list() ?? [] { readGate(node, &entry) }
    if let node = node.optional("range"), let ends = node.list(counts: 2...2)?.map({ $0.double() }),
      let low = ends[0], let high = ends[1]
    {
      if low < high {
        entry.quantity.range = low...high
      } else {
        node.report(
          found: .value("[\(low), \(high)]"),
          expected: LocalizedText(
            english: "a low end below the high end", japanese: "下限 < 上限"))
      }
    }
    let field = entry.quantity.field
    entry.quantity.labels = (node.optional("labels")?.entries() ?? []).compactMap { key, node in
      guard let label = node.string(), let raw = raw(key, field, node) else { return nil }
      return CodeLabel(raw: raw, label: label)
    }
    if let node = node.optional("counter") {
      let width = node.optional("width")?.integer(in: 1...64)
      entry.quantity.counter = Counter(
        width: width.map { UInt8($0) } ?? field.width,
        resetsAtPowerUp: node.optional("resetsAtPowerUp")?.bool() ?? false,
        clearedByReading: node.optional("clearedByReading")?.bool() ?? false)
      node.finish()
    }
  }

  private func readUnitCodes(_ node: YAMLNode, _ entry: inout Entry) {
    let companion = node.required("quantity")
    let codes = (node.required("codes")?.entries() ?? []).compactMap {
      key, node -> ScaleCode<UInt64>? in
      guard let raw = wholeNumber(key).flatMap(UInt64.init(exactly:)) else {
        node.reportCode(key)
        return nil
      }
      guard node.found != .mapping else {
        defer { node.finish() }
        return ScaleCode(raw: raw, scaling: node.scaling())
      }
      return node.ratio().map { ScaleCode(raw: raw, scaling: Scaling(ratio: $0)) }
    }
    node.finish()
    guard let companion, let id = companion.string() else { return }
    entry.companions.append(
      Companion(node: companion, id: id) {
        $0.coding.companionScales.append(
          CompanionScale(companion: $1, field: $2, rule: .codes(codes)))
      })
  }

  private func raw(_ key: String, _ field: RawField, _ node: YAMLNode) -> UInt64? {
    guard let value = wholeNumber(key), let raw = field.raw(of: Double(value)) else {
      node.reportCode(key)
      return nil
    }
    return raw
  }

  private func sentinel(_ node: YAMLNode, _ field: RawField) -> Sentinel<UInt64>? {
    let rawNode = node.required("raw")
    let means = node.required("means")?.choice(Fault.self)
    node.finish()
    guard let rawNode else { return nil }
    let pattern: Sentinel<UInt64>.Pattern?
    switch field.type.isFloat ? rawNode.scalarText : nil {
    case "nan": pattern = .notANumber
    case "inf": pattern = .positiveInfinity
    case "-inf": pattern = .negativeInfinity
    default: pattern = rawNode.raw(in: field).map { .raw($0) }
    }
    guard let pattern, let means else { return nil }
    return Sentinel(pattern, means: means)
  }

  private func readGate(_ node: YAMLNode, _ entry: inout Entry) {
    let companion = node.required("quantity")
    let clear = node.optional("clear")
    let set = node.optional("set")
    let equals = node.optional("equals")
    let fault = node.optional("otherwise")?.choice(Fault.self) ?? .invalid
    node.finish()
    guard let companion, let id = companion.string() else { return }
    let attach: (inout ProfileQuantity, String, RawField) -> Void
    switch (clear, set, equals) {
    case (let clear?, nil, nil):
      guard let bit = clear.integer(in: 0...63) else { return }
      attach = { $0.coding.gates.append(.clear(bit: UInt8(bit), of: $1, at: $2, fault: fault)) }
    case (nil, let set?, nil):
      guard let bit = set.integer(in: 0...63) else { return }
      attach = { $0.coding.gates.append(.set(bit: UInt8(bit), of: $1, at: $2, fault: fault)) }
    case (nil, nil, let equals?):
      let values = (equals.found == .list ? equals.list(counts: 1...64) : [equals])?
        .compactMap { $0.integer(in: 0...Int.max).map { UInt64($0) } }
      guard let values else { return }
      attach = {
        $0.coding.gates.append(Gate(companion: $1, field: $2, accepted: values, fault: fault))
      }
    default:
      node.report(
        expected: LocalizedText(
          english: "exactly one of clear, set, equals",
          japanese: "clear, set, equals のうち一つだけ"))
      return
    }
    entry.companions.append(Companion(node: companion, id: id, attach: attach))
  }

  // MARK: Access

  private func readAccess(_ node: YAMLNode, _ entry: inout Entry) {
    let field = entry.quantity.field
    let accessNode = node.optional("access")
    if let access = accessNode?.choice(Access.self) { entry.quantity.access = access }
    let isWritableTable = field.table == .coil || field.table == .holdingRegister
    if entry.quantity.isWritable && !isWritableTable {
      accessNode?.report(
        expected: LocalizedText(
          english: "read, in a table that cannot be written", japanese: "書き込めない表では read"))
    }
    if field.table == .coil && field.type != .bit && entry.quantity.access != .write {
      (accessNode ?? node).report(
        expected: LocalizedText(
          english: "access: write, for a coil that takes a number",
          japanese: "数値を受けるコイルでは access: write"))
    }
    entry.quantity.isReadAlone = node.optional("alone")?.bool() ?? false
    guard let write = node.optional("write") else { return }
    if !entry.quantity.isWritable {
      write.report(
        found: .unknownKey,
        expected: LocalizedText(
          english: "access: write or read-write beside it",
          japanese: "access: write または read-write"))
    }
    if let function = write.optional("function") {
      let allowed: [WriteFunction] =
        switch (field.table, field.type) {
        case (.coil, .bit): [.singleCoil, .multipleCoils]
        case (.coil, _): [.singleCoil]
        default:
          field.type.count == 1 ? [.singleRegister, .multipleRegisters] : [.multipleRegisters]
        }
      let code = function.choice(allowed: allowed)
      entry.quantity.customWriteFunction = code
    }
    entry.quantity.readback = write.optional("readback")?.choice(Readback.self) ?? .same
    if let output = write.optional("timedOutput"), let id = output.string() {
      entry.quantity.timedOutput = id
      entry.companions.append(Companion(node: output, id: id) { _, _, _ in })
    }
    write.finish()
  }

  private func readRepeat(_ node: YAMLNode, _ entry: inout Entry) {
    let needed = entry.quantity.id.contains("<n>")
    guard let node = needed ? node.required("repeat") : node.optional("repeat") else { return }
    if !needed {
      node.report(
        found: .unknownKey,
        expected: LocalizedText(
          english: "<n> in the id of a repeated quantity", japanese: "繰り返す quantity の ID に <n>"))
    }
    let count = node.integer("count", in: 1...256) ?? 1
    let span = entry.quantity.span
    let step = node.optional("step")?.integer(in: 1...65535) ?? Int(span.count)
    node.finish()
    guard span.end + (count - 1) * step <= 65536 else {
      node.reportBeyondTable()
      return
    }
    entry.count = count
    entry.step = step
  }

  /// The device must be able to give the quantity in one read.
  private func checkReadable(_ entry: Entry) {
    let quantity = entry.quantity
    guard quantity.isReadable else { return }
    var span = quantity.span
    if limits.evenStart, span.address % 2 == 1 {
      span = RegisterSpan(table: span.table, address: span.address - 1, count: span.count + 1)
    }
    guard !limits.allows(span) else { return }
    entry.node.report(
      found: .value("\(span.count) from address \(span.address)"),
      expected: LocalizedText(
        english: "a read that the limits of this profile allow",
        japanese: "このプロファイルの limits で読める範囲"))
  }
}
