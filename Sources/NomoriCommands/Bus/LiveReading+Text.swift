internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

/// What devices showed when they were read once, as lines of a terminal.
struct LiveReadingText {
  /// The port's path, or `host:port`.
  let port: String
  let language: Language
  let style: TerminalStyle
  /// The moment to which ages are counted; nil to show response times.
  var examinedAt: Instant?
  /// Columns for ids, values and units at least, so that several pages stand below each other.
  var widths = (id: 0, value: 0, unit: 0)

  /// A line for each reading: mark, id, value, unit, time, and what is wrong with it.
  func lines(_ readings: [LiveReading], columns: Int?) -> [String] {
    let idWidth = readings.map { TerminalText.width($0.id) }.reduce(widths.id, max)
    let valueWidth = readings.map { TerminalText.width(value($0)) }.reduce(widths.value, max)
    let unitWidth = readings.map { TerminalText.width(TerminalText.unit($0.unit)) }
      .reduce(widths.unit, max)
    return readings.flatMap { reading in
      let number = TerminalText.fit(value(reading), valueWidth, alignRight: true)
      let unit = TerminalText.fit(TerminalText.unit(reading.unit), unitWidth)
      let time = TerminalText.fit(time(reading), 8, alignRight: true)
      let head =
        "\(mark(reading.flag)) \(TerminalText.fit(reading.id, idWidth))  "
        + "\(style.bold(number)) \(unit)  \(style.dim(time))"
      let indent = 2 + idWidth + 2 + valueWidth + 1 + unitWidth + 2 + 8 + 2
      let remark = remark(reading)
      let source = source(reading)
      let red = reading.flag == .suspect ? style.yellow(remark) : style.red(remark)
      let room = columns.map { $0 - indent } ?? .max
      // Where the raw words do not fit, what is wrong matters more.
      let width = TerminalText.width(remark)
      if remark.isEmpty {
        let shown = TerminalText.width(source) <= room ? source : ""
        return [joined([head, style.dim(shown)])]
      }
      if width + 2 + TerminalText.width(source) <= room {
        return [joined([head, red, style.dim(source)])]
      }
      return width <= room ? [joined([head, red])] : [joined([head]), "    " + red]
    }
  }

  /// What there is, without blanks at the end.
  private func joined(_ parts: [String]) -> String {
    let line = parts.filter { !$0.isEmpty }.joined(separator: "  ")
    return String(line.prefix(line.count - line.reversed().prefix { $0 == " " }.count))
  }

  /// The line about the device itself.
  func heading(_ device: LiveDevice) -> String {
    let unit = device.unit.map { language.pick("unit \($0)", "ユニット \($0)") } ?? device.port
    let slowest = device.readings.compactMap(\.responseTime).max()?.asMilliseconds
    let answer = slowest.map { style.dim(language.pick("answers in \($0)", "応答 \($0)")) }
    return [
      style.bold(device.id), unit, device.profile.map(style.dim), identity(of: device), answer,
    ].compactMap { $0 }.joined(separator: "  ")
  }

  private func identity(of device: LiveDevice) -> String? {
    switch device.identity {
    case .unknown: return nil
    case .confirmed: return style.green(language.pick("identity confirmed", "機種を確認"))
    case .mismatch(let checks):
      let phrases = DevicePhrases(language: language)
      let expected = checks.map(phrases.identity).joined(separator: ", ")
      return device.ignoresIdentity
        ? style.yellow(
          language.pick(
            "identity ignored: not \(expected)", "機種の違いを無視します。\(expected) ではありません"))
        : style.red(
          language.pick("another device: expected \(expected)", "別の機器です。必要: \(expected)"))
    }
  }

  private func value(_ reading: LiveReading) -> String {
    guard reading.value.isFinite else { return "–" }
    if let label = reading.quantity?.label(for: reading.value), !label.isEmpty {
      return "\(reading.value.text(decimals: reading.decimals)) \(label)"
    }
    return reading.value.text(decimals: reading.decimals)
  }

  private func time(_ reading: LiveReading) -> String {
    guard let examinedAt else { return reading.responseTime.map(\.asMilliseconds) ?? "" }
    return reading.age(at: examinedAt).map { language.age($0) } ?? ""
  }

  private func mark(_ flag: QualityFlag) -> String {
    switch flag {
    case .pass: style.green("✓")
    case .notEvaluated: style.dim("·")
    case .suspect: style.yellow("!")
    case .fail, .missing: style.red("✗")
    }
  }

  /// What is wrong with it.
  private func remark(_ reading: LiveReading) -> String {
    reading.remark?.text(port: port, unit: reading.unit, in: language) ?? ""
  }

  /// Where it stands, and the words that stand there.
  private func source(_ reading: LiveReading) -> String {
    if let source = reading.source { return language.pick("from \(source)", "\(source) から") }
    guard let quantity = reading.quantity, !reading.words.isEmpty else { return "" }
    let raw = reading.words.map { quantity.span.table.isBits ? "\($0)" : $0.hexadecimal }
    return "\(quantity.span.table.word) \(quantity.span.address) = \(raw.joined(separator: " "))"
  }
}

extension LiveReading.Remark {
  /// Why a value is not simply good.
  func text(port: String, unit: String, in language: Language) -> String {
    func span(_ span: ClosedSpan) -> String {
      func shortest(_ number: Double) -> String {
        Int64(exactly: number).map { "\($0)" } ?? "\(number)"
      }
      return "\(shortest(span.lower)) … \(shortest(span.upper)) \(TerminalText.unit(unit))"
    }
    return switch self {
    case .fault(let fault): fault.text(port: port, in: language)
    case .unreadable: language.pick("the profile's limits forbid to read it", "プロファイルの制限により読めません")
    case .noMeasurement: language.pick("the device has no value", "機器に値がありません")
    case .defect(.reported): language.pick("the device says: invalid", "機器が無効と通知")
    case .defect(.overflow): language.pick("the device says: above its range", "機器が範囲超過と通知")
    case .defect(.underflow): language.pick("the device says: below its range", "機器が範囲未満と通知")
    case .defect(.unknownScale):
      language.pick("unit or decimals that the profile does not know", "単位または小数桁が不明")
    case .defect(.notFinite), .defect(.unreadable): language.pick("no finite number", "有限の数ではありません")
    case .impossible(let limits):
      language.pick("impossible: outside \(span(limits))", "ありえない値: \(span(limits)) の外")
    case .unexpected(let limits):
      language.pick("unexpected: outside \(span(limits))", "想定外の値: \(span(limits)) の外")
    case .notYet: language.pick("not read yet", "まだ読んでいません")
    case .sourceMissing: language.pick("no value to derive it from", "元の値がありません")
    }
  }
}

extension Language {
  /// How long ago something was measured: `0.2 s`, `42 s`, `12 min`, `5 h`.
  func age(_ span: TimeSpan) -> String {
    let seconds = max(0, span.seconds)
    if seconds < 10 { return "\(seconds.text(decimals: 1)) s" }
    if seconds < 120 { return "\(seconds.text(decimals: 0)) s" }
    return seconds < 7200
      ? "\((seconds / 60).text(decimals: 0)) min" : "\((seconds / 3600).text(decimals: 0)) h"
  }

}

extension TimeSpan {
  /// `8.3 ms`, `142 ms`.
  var asMilliseconds: String {
    let number = seconds * 1000
    return "\(number.text(decimals: number < 10 ? 1 : 0)) ms"
  }
}

extension TerminalText {
  /// A unit as people write it.
  static func unit(_ code: String) -> String {
    switch code {
    case "1": ""
    case "Cel": "°C"
    default: code
    }
  }
}
