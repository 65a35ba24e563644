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

  /// The quantities of `nodes`, which stand in `list`.
  func read(_ nodes: [(key: String, value: YAMLNode)], of list: YAMLNode?) -> [ProfileQuantity] {
    let entries = nodes.compactMap(entry)
    if let list, nodes.isEmpty, list.found == .mapping {
      list.report(expected: both("at least one quantity", "一つ以上の quantity"))
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
    let section = Section<QuantityKeys>(node)
    let field = Self.field(section.field, addressing)
    var entry = Entry(
      node: node,
      quantity: ProfileQuantity(
        id: key,
        field: field ?? RawField(table: .holdingRegister, address: 0, type: .uint16), unit: ""))
    readMeaning(section, &entry)
    readAccess(section, &entry)
    readRepeat(section, &entry)
    guard field != nil else { return nil }
    checkReadable(entry)
    return entry
  }

  /// `table`, `address`, `type`, `order` and `bits`.
  static func field(
    _ section: Section<FieldKeys>, _ addressing: ProfileAddressing
  ) -> RawField? {
    let register = addressing.registerAddress(section.register)
    let typeNode = section.node(\.type)
    let type = section.type
    let order = section.order
    let bits = section.bits.flatMap { bits in
      let shift = bits.shift
      let width = bits.width
      return shift.map { (bits.node, BitField(shift: UInt8($0), width: UInt8(width))) }
    }
    guard let register else { return nil }
    if typeNode == nil, !register.table.isBits { section.reportMissing(\.type) }
    guard let type = type ?? (typeNode == nil && register.table.isBits ? .bit : nil) else {
      return nil
    }
    var field = RawField(table: register.table, address: register.address, type: type)
    guard (type == .bit) == register.table.isBits || (type == .uint16 && register.table == .coil)
    else {
      typeNode?.report(
        expected: register.table.isBits
          ? LocalizedText(english: "bit, in a table of bits", japanese: "ビット表では bit")
          : LocalizedText(
            english: "a type of registers, in a table of registers",
            japanese: "レジスタ表ではレジスタの型"))
      return nil
    }
    if section.has(\.order) || type.count > 1 {
      guard let order else {
        if !section.has(\.order) { section.reportMissing(\.order) }
        return nil
      }
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
      section.node.reportBeyondTable()
      return nil
    }
    return field
  }

  private func readMeaning(_ section: Section<QuantityKeys>, _ entry: inout Entry) {
    entry.quantity.title = section.title ?? ""
    entry.quantity.unit = section.unit?.code ?? ""
    entry.quantity.coding.scaling = section.scaling.scaling
    if let node = section.decimalsFrom, let id = node.string() {
      entry.companions.append(
        Companion(node: node, id: id) {
          $0.coding.companionScales.append(
            CompanionScale(companion: $1, field: $2, rule: .decimals))
        })
    }
    if let codes = section.unitFrom { readUnitCodes(codes, &entry) }
    let field = entry.quantity.field
    entry.quantity.coding.sentinels = (section.sentinels ?? []).compactMap { sentinel($0, field) }
    for gate in section.gates ?? [] { readGate(gate, &entry) }
    entry.quantity.range = section.range
    entry.quantity.labels = (section.labels ?? []).compactMap { key, node in
      guard let label = node.string(), let raw = raw(key, field, node) else { return nil }
      return CodeLabel(raw: raw, label: label)
    }
    if let counter = section.counter {
      entry.quantity.counter = Counter(
        width: counter.width.map { UInt8($0) } ?? field.width,
        resetsAtPowerUp: counter.resetsAtPowerUp, clearedByReading: counter.clearedByReading)
    }
  }

  private func readUnitCodes(_ section: Section<UnitCodesKeys>, _ entry: inout Entry) {
    let companion = section.quantity
    let codes = (section.codes ?? []).compactMap { key, node -> ScaleCode<UInt64>? in
      guard let raw = wholeNumber(key).flatMap(UInt64.init(exactly:)) else {
        node.reportCode(key)
        return nil
      }
      return node.codeScaling().map { ScaleCode(raw: raw, scaling: $0) }
    }
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

  private func sentinel(_ section: Section<RawSentinelKeys>, _ field: RawField) -> Sentinel<UInt64>?
  {
    let rawNode = section.raw
    let means = section.means
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

  private func readGate(_ section: Section<RegisterGateKeys>, _ entry: inout Entry) {
    let companion = section.quantity
    let fault = section.otherwise
    let given = [section.has(\.clear), section.has(\.set), section.has(\.equals)].filter { $0 }
    guard given.count == 1 else {
      section.node.report(
        expected: both(
          "exactly one of clear, set, equals", "clear, set, equals のうち一つだけ"))
      return
    }
    let clear = section.clear
    let set = section.set
    let values = section.equals.flatMap { node in
      (node.found == .list ? node.list(counts: 1...64) : [node])?
        .compactMap { $0.integer(in: 0...Int.max).map { UInt64($0) } }
    }
    guard let companion, let id = companion.string() else { return }
    let attach: (inout ProfileQuantity, String, RawField) -> Void
    if let clear {
      attach = { $0.coding.gates.append(.clear(bit: UInt8(clear), of: $1, at: $2, fault: fault)) }
    } else if let set {
      attach = { $0.coding.gates.append(.set(bit: UInt8(set), of: $1, at: $2, fault: fault)) }
    } else if let values {
      attach = {
        $0.coding.gates.append(Gate(companion: $1, field: $2, accepted: values, fault: fault))
      }
    } else {
      return
    }
    entry.companions.append(Companion(node: companion, id: id, attach: attach))
  }

  // MARK: Access

  private func readAccess(_ section: Section<QuantityKeys>, _ entry: inout Entry) {
    let field = entry.quantity.field
    let accessNode = section.node(\.access)
    entry.quantity.access = section.access
    let isWritableTable = field.table == .coil || field.table == .holdingRegister
    if entry.quantity.isWritable && !isWritableTable {
      accessNode?.report(
        expected: both("read, in a table that cannot be written", "書き込めない表では read"))
    }
    if field.table == .coil && field.type != .bit && entry.quantity.access != .write {
      (accessNode ?? section.node).report(
        expected: both(
          "access: write, for a coil that takes a number", "数値を受けるコイルでは access: write"))
    }
    entry.quantity.isReadAlone = section.alone
    readWrite(section, &entry)
    if let output = section.output { readOutput(output, &entry) }
  }

  /// A quantity that sites may switch: its two values must have an encoding of its own.
  private func readOutput(_ section: Section<SwitchedKeys>, _ entry: inout Entry) {
    let quantity = entry.quantity
    let values = SwitchedValues(on: section.onValue, off: section.offValue)
    entry.quantity.output = values
    guard quantity.isWritable, quantity.timedOutput == nil, entry.companions.isEmpty else {
      section.node.report(
        expected: both(
          "a quantity that can be written, whose scale no other one decides, and that stays as it was"
            + " written", "書き込みができ、値が他の量によらず、書き込んだ状態を保つ量"))
      return
    }
    let on = quantity.encode(values.on)
    guard on != nil, on != quantity.encode(values.off), quantity.encode(values.off) != nil else {
      section.node.report(
        expected: both(
          "two different values that the field can hold", "フィールドに入る異なる二つの値"))
      return
    }
  }

  private func readWrite(_ section: Section<QuantityKeys>, _ entry: inout Entry) {
    let field = entry.quantity.field
    guard let write = section.write else { return }
    if !entry.quantity.isWritable {
      write.node.report(
        found: .unknownKey,
        expected: both(
          "access: write or read-write beside it", "access: write または read-write"))
    }
    entry.quantity.customWriteFunction = write.function?.choice(
      allowed: WriteFunction.allowed(for: field))
    entry.quantity.readback = write.readback
    if let output = write.timedOutput, let id = output.string() {
      entry.quantity.timedOutput = id
      entry.companions.append(Companion(node: output, id: id) { _, _, _ in })
    }
  }

  private func readRepeat(_ section: Section<QuantityKeys>, _ entry: inout Entry) {
    let isNeeded = entry.quantity.id.contains("<n>")
    if isNeeded && !section.has(\.repeated) { section.reportMissing(\.repeated) }
    guard let repeated = section.repeated else { return }
    if !isNeeded {
      section.refuse(
        \.repeated,
        expected: both(
          "<n> in the id of a repeated quantity", "繰り返す quantity の ID に <n>"))
    }
    let count = repeated.count ?? 1
    let span = entry.quantity.span
    let step = repeated.step ?? Int(span.count)
    guard span.end + (count - 1) * step <= 65536 else {
      repeated.node.reportBeyondTable()
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
