internal import DeviceProfiles

/// A device on a page, for the one who wires it and sets it up.
struct DeviceProfileText {
  let profile: DeviceProfile
  let language: Language
  let style: TerminalStyle
  private let phrases: DevicePhrases

  init(profile: DeviceProfile, language: Language, style: TerminalStyle) {
    self.profile = profile
    self.language = language
    self.style = style
    phrases = DevicePhrases(language: language, space: "\u{A0}")
  }

  /// From so many columns on, what a quantity is stands beside its address and not below it.
  static let wideColumns = 110
  /// As wide as a page that is not for a terminal, such as a file, is written.
  static let pageColumns = 120

  /// The lines of the page, in at most `columns`.
  func lines(columns: Int?) -> [String] {
    let columns = max(40, columns ?? Self.pageColumns)
    return header(columns) + device(columns)
      + (profile.line.map { framedQuantities($0, columns) } ?? quantities(columns))
      + list(
        language.pick("Not verified: look at it on the first device", "未確認: 最初の一台で確かめること"),
        profile.provenance.unverified, columns)
      + list(language.pick("Sources", "出典"), profile.provenance.sources, columns)
  }

  private func header(_ columns: Int) -> [String] {
    let founded: String =
      switch profile.provenance.confidence {
      case .independent: language.pick("two independent sources agree", "独立した二つの出典が一致")
      case .maker: language.pick("several documents of the maker agree", "メーカーの複数の文書が一致")
      case .single: language.pick("one source", "出典は一つ")
      case .unchecked: language.pick("not checked", "未確認")
      }
    let confidence = language.pick("Confidence", "確度")
    let mark = profile.provenance.confidence.rawValue
    return [style.bold(profile.name) + "  " + style.dim(profile.id)]
      + TerminalText.wrap(profile.summary, columns: columns)
      + [style.dim("\(confidence) \(mark): \(founded)"), ""]
  }

  private func device(_ columns: Int) -> [String] {
    var rows = [(language.pick("Line", "回線"), phrases.line(profile))]
    if let line = profile.line {
      rows.append((language.pick("Sends", "送信"), phrases.speaking(line)))
    } else {
      rows += [
        (language.pick("Unit address", "ユニットアドレス"), phrases.unit(profile)),
        (language.pick("One read", "一度の読み出し"), phrases.limits(profile)),
      ]
    }
    rows.append((language.pick("Timing", "時間"), phrases.timing(profile.timing)))
    func add(_ label: String, _ texts: [String]) {
      rows += texts.enumerated().map { ($0 == 0 ? label : "", $1) }
    }
    let preparation = profile.preparation.map(phrases.step)
    add(
      language.pick("Before reading", "読み出しの前"),
      preparation.isEmpty ? [] : preparation + [refusal])
    add(language.pick("Exceptions", "例外応答"), profile.exceptions.map(phrases.exception))
    add(language.pick("Recognised by", "機種の確認"), profile.identity.map(phrases.identity))
    add(language.pick("Watchdog", "ウォッチドッグ"), profile.watchdog.map { [$0] } ?? [])
    let width = rows.map { TerminalText.width($0.0) }.max() ?? 0
    return rows.flatMap { label, text in
      hanging(style.dim(TerminalText.fit(label, width)) + "  ", width + 2, text, columns)
    }
  }

  /// Why a device that must be prepared cannot stand in a site file.
  private var refusal: String {
    language.pick(
      "Polling does not do this: a site file with this device is refused.",
      "ポーリングはこれを実行しません。この機器のある観測所ファイルは拒否されます。")
  }

  private func list(_ title: String, _ texts: [String], _ columns: Int) -> [String] {
    guard !texts.isEmpty else { return [] }
    return ["", style.bold(title)] + texts.flatMap { hanging("- ", 2, $0, columns) }
  }

  /// A text behind a head of `indent` columns, wrapped below itself.
  private func hanging(
    _ head: String, _ indent: Int, _ text: String, _ columns: Int
  ) -> [String] {
    TerminalText.wrap(text, columns: columns - indent).enumerated().map { index, line in
      (index == 0 ? head : String(repeating: " ", count: indent)) + line
    }
  }

  // MARK: Quantities

  private func quantities(_ columns: Int) -> [String] {
    let groups = QuantityGroup.groups(of: profile.quantities)
    let titles =
      language == .ja
      ? ["量", "表", "アドレス", "", "型", "単位", "可否"]
      : ["Quantity", "Table", "Address", "", "Type", "Unit", "Use"]
    let table = [titles] + groups.map { cells($0) }
    let widths = titles.indices.map { column in
      table.map { TerminalText.width($0[column]) }.max() ?? 0
    }
    let indent = widths.reduce(0) { $0 + $1 + 2 }
    let isWide = columns >= Self.wideColumns
    let head = row(titles, widths) + (isWide ? language.pick("What", "内容") : "")
    var lines = ["", style.dim(trimmed(head))]
    for (group, cells) in zip(groups, table.dropFirst()) {
      let row = row(cells, widths)
      let text = description(group)
      lines +=
        isWide
        ? hanging(row, indent, text, columns)
        : [trimmed(row)] + hanging("    ", 4, text, columns).map(style.dim)
    }
    return lines
  }

  /// The quantities of a sensor that does not speak Modbus.
  private func framedQuantities(_ line: FramedProtocol, _ columns: Int) -> [String] {
    let titles = language == .ja ? ["量", "単位"] : ["Quantity", "Unit"]
    let table = line.quantities.map { [$0.id, $0.unit == "1" ? "" : $0.unit] }
    let widths = titles.indices.map { column in
      ([titles] + table).map { TerminalText.width($0[column]) }.max() ?? 0
    }
    let head = row(titles, widths) + language.pick("What", "内容")
    return ["", style.dim(trimmed(head))]
      + zip(line.quantities, table).flatMap { quantity, cells in
        hanging(row(cells, widths), widths.reduce(4, +), quantity.title, columns)
      }
  }

  private func cells(_ group: QuantityGroup) -> [String] {
    let quantity = group.first
    let field = quantity.field
    let order = field.type.count > 1 || field.order != .abcd ? " \(field.order.rawValue)" : ""
    let use =
      switch quantity.access {
      case .read: "R"
      case .readWrite: "RW"
      case .write: "W"
      }
    return [
      group.id, field.table.word, phrases.hex(field.address), "\(field.address)",
      field.type.rawValue + order, quantity.unit == "1" ? "" : quantity.unit, use,
    ]
  }

  private func description(_ group: QuantityGroup) -> String {
    var notes = phrases.notes(group.first).map(group.generalised)
    if group.count > 1, group.step > Int(group.first.span.count) {
      notes.insert(
        language.pick("every \(group.step) addresses", "\(group.step) 番地ごと"), at: 0)
    }
    return ([group.title] + notes).joined(separator: language.pick("; ", "、"))
  }

  private func row(_ cells: [String], _ widths: [Int]) -> String {
    zip(cells, widths).enumerated().map { column, cell in
      TerminalText.fit(cell.0, cell.1, alignRight: column == 3) + "  "
    }.joined()
  }

  private func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}
