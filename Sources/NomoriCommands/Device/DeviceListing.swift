internal import DeviceProfiles

/// The devices that have a profile, one a line where there is room.
struct DeviceListing {
  let profiles: [DeviceProfile]
  let language: Language
  let style: TerminalStyle

  /// From so many columns on, names have a column of their own.
  static let wideColumns = 110

  /// The lines of the table. Without `columns`, as for another program, each device is one line and
  /// nothing else is said.
  func lines(columns: Int?) -> [String] {
    guard !profiles.isEmpty else { return [] }
    let rows = table(columns: columns)
    guard columns != nil else { return rows }
    return rows + [""] + TerminalText.wrap(footer, columns: columns).map(style.dim)
  }

  private func table(columns: Int?) -> [String] {
    let idWidth = profiles.map { TerminalText.width($0.id) }.max() ?? 0
    let nameWidth = profiles.map { TerminalText.width($0.name) }.max() ?? 0
    let isWide = columns.map { $0 >= Self.wideColumns } ?? true
    return profiles.flatMap { profile in
      let id = TerminalText.fit(profile.id, idWidth) + "  "
      let confidence = TerminalText.fit(profile.provenance.confidence.rawValue, 2) + "  "
      let name = isWide ? TerminalText.fit(profile.name, nameWidth) + "  " : ""
      let text = isWide ? profile.summary : "\(profile.name). \(profile.summary)"
      let indent = TerminalText.width(id + confidence + name)
      let wrapped = TerminalText.wrap(text, columns: columns.map { max(20, $0 - indent) })
      return wrapped.enumerated().map { index, line in
        index == 0
          ? style.bold(id) + style.dim(confidence) + name + line
          : String(repeating: " ", count: indent) + line
      }
    }
  }

  private var footer: String {
    language.pick(
      "\(profiles.count) \(profiles.count == 1 ? "device" : "devices"). "
        + "A: two sources agree, B+: one maker's documents, B: one source. "
        + "Details: nomori devices ID",
      "\(profiles.count) 機種。A: 独立した二つの出典が一致、B+: メーカーの複数の文書、B: 出典一つ。"
        + "詳細: nomori devices ID")
  }
}

extension DeviceProfile {
  /// Maker and model.
  var name: String { "\(maker) \(model)" }
}
