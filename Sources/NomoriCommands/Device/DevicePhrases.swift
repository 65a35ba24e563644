internal import DeviceProfiles

/// What a profile says, each thing as a phrase.
struct DevicePhrases {
  let language: Language
  /// Stands between a number and its unit; a page is not broken there where it is U+00A0.
  var space = " "

  // MARK: The device

  /// `Modbus RTU, 9600 baud, 8N1`, or that the device is reached over TCP.
  func line(_ profile: DeviceProfile) -> String {
    let spoken =
      profile.line == nil
      ? "Modbus RTU" : language.pick("a protocol of its own", "独自プロトコル")
    guard let serial = profile.serial else {
      return profile.line == nil
        ? language.pick("Modbus TCP, port 502", "Modbus TCP、ポート 502") : spoken + ", TCP"
    }
    return "\(spoken), \(serial.baud) baud, \(serial.frame)"
  }

  /// Whether a line sensor sends by itself, and whether it has an address.
  func speaking(_ line: FramedProtocol) -> String {
    let manner =
      line.isFreeRunning
      ? language.pick("by itself; alone on its line", "自ら送信、回線に一台だけ")
      : language.pick("when it is asked", "要求への応答")
    return line.needsAddress
      ? manner + language.pick("; has an address", "、アドレスあり") : manner
  }

  func unit(_ profile: DeviceProfile) -> String {
    let unit = language.pick(
      "\(profile.defaultUnit) as delivered", "出荷時 \(profile.defaultUnit)")
    guard !profile.reservedUnits.isEmpty else { return unit }
    let reserved = profile.reservedUnits.map(String.init).joined(separator: ", ")
    return unit
      + language.pick("; never use \(reserved) on a shared line", "。共有回線で \(reserved) は使わないこと")
  }

  func limits(_ profile: DeviceProfile) -> String {
    let limits = profile.limits
    let tables = profile.quantities.filter(\.isReadable).map(\.field.table)
    var parts: [String] = []
    if tables.contains(where: { !$0.isBits }) {
      parts.append(
        language.pick(
          "at most \(limits.maximumRegisters) registers", "最大 \(limits.maximumRegisters) レジスタ"))
    }
    if tables.contains(where: \.isBits) {
      parts.append(
        language.pick("at most \(limits.maximumBits) bits", "最大 \(limits.maximumBits) ビット"))
    }
    parts.append(
      limits.maximumHole == 0
        ? language.pick("no unused ones between", "間の未使用レジスタは不可")
        : language.pick(
          "up to \(limits.maximumHole) unused ones between",
          "間の未使用レジスタは \(limits.maximumHole) まで"))
    if limits.evenStart { parts.append(language.pick("from even addresses", "偶数アドレスから")) }
    parts += limits.forbidden.map {
      let last = $0.end - 1
      return language.pick(
        "never \($0.table.word) \($0.address) to \(last)",
        "\($0.table.word) \($0.address)〜\(last) は読まないこと")
    }
    return parts.joined(separator: language.pick(", ", "、"))
  }

  func timing(_ timing: DeviceTiming) -> String {
    var parts = [
      language.pick(
        "answers within \(time(timing.responseTimeoutMs))",
        "応答待ち \(time(timing.responseTimeoutMs)) 以内")
    ]
    func add(_ ms: UInt32?, _ english: String, _ japanese: String) {
      guard let ms, ms > 0 else { return }
      parts.append(language.pick("\(english) \(time(ms))", "\(japanese) \(time(ms))"))
    }
    add(timing.guardMs, "then silence of", "応答後の無通信")
    add(timing.minimumPeriodMs, "ask at most every", "読み出し間隔の下限")
    add(timing.startupMs, "first answer after power-up", "電源投入から応答まで")
    add(timing.warmupMs, "good values after power-up", "電源投入から正常値まで")
    add(timing.afterWriteMs, "after a write", "書き込み後")
    return parts.joined(separator: language.pick("; ", "、"))
  }

  func step(_ step: SampleTriggerStep) -> String {
    let wait = language.pick(", then wait \(time(step.waitMs))", "、その後 \(time(step.waitMs)) 待つ")
    switch step.request {
    case .write(let table, let address, let words):
      let values = words.map { "\($0)" }.joined(separator: ", ")
      return language.pick(
        "write \(values) to \(table.word) \(hex(address))",
        "\(table.word) \(hex(address)) に \(values) を書く") + wait
    case .read(let span):
      return language.pick(
        "read \(span.count) from \(span.table.word) \(hex(span.address))",
        "\(span.table.word) \(hex(span.address)) から \(span.count) 個読む") + wait
    case .other(let bytes):
      return language.pick("send \(bytes.hexadecimal)", "\(bytes.hexadecimal) を送る") + wait
    }
  }

  func exception(_ exception: ExceptionMeaning) -> String {
    switch exception.meaning {
    case .notReady(let retryMs):
      language.pick(
        "\(exception.code): not ready, ask again after \(time(retryMs))",
        "\(exception.code): 準備中。\(time(retryMs)) 後に再度読む")
    case .fault(let fault): "\(exception.code): \(word(fault))"
    }
  }

  func identity(_ check: IdentityCheck) -> String {
    switch check {
    case .field(let field, _, let accepted):
      let values = accepted.map { "\($0)" }.joined(separator: language.pick(" or ", " または "))
      return "\(field.table.word) \(hex(field.address)) = \(values)"
    case .serverText(let text):
      return language.pick(
        "function 17 answers \"\(text)…\"", "ファンクション 17 の応答に「\(text)」")
    }
  }

  // MARK: A quantity

  /// How the raw number becomes the value, or nil where it is the value.
  func formula(_ quantity: ProfileQuantity) -> String? {
    let scaling = quantity.coding.scaling
    var text = language.pick("raw", "生値")
    if scaling.before != 0 {
      text += " \(signed(scaling.before))"
      if scaling.ratio != Ratio(1) { text = "(\(text))" }
    }
    if scaling.ratio.numerator != 1 { text += " × \(scaling.ratio.numerator)" }
    if scaling.ratio.denominator != 1 { text += " / \(scaling.ratio.denominator)" }
    if scaling.after != 0 { text += " \(signed(scaling.after))" }
    for scale in quantity.coding.companionScales {
      switch scale.rule {
      case .decimals: text += " / 10^\(scale.companion)"
      case .codes:
        text += language.pick(", scaled as \(scale.companion) says", " (\(scale.companion) による換算)")
      }
    }
    return text == language.pick("raw", "生値") ? nil : text
  }

  /// What raw values and other quantities say about the value.
  func conditions(_ quantity: ProfileQuantity) -> [String] {
    quantity.coding.sentinels.map { "\(pattern($0, quantity)): \(word($0.fault))" }
      + quantity.coding.gates.map { gate in
        let values = gate.accepted.map { "\($0)" }.joined(separator: "/")
        let companion =
          gate.bit.map {
            language.pick("bit \($0) of \(gate.companion)", "\(gate.companion) のビット \($0) ")
          } ?? gate.companion
        return language.pick(
          "\(word(gate.fault)) unless \(companion) = \(values)",
          "\(companion) = \(values) 以外では\(word(gate.fault))")
      }
  }

  /// Everything about a quantity that has no column of its own.
  func notes(_ quantity: ProfileQuantity) -> [String] {
    var notes: [String] = []
    if let bits = quantity.field.bits {
      let last = bits.shift + bits.width - 1
      notes.append(
        bits.width == 1
          ? language.pick("bit \(bits.shift)", "ビット \(bits.shift)")
          : language.pick("bits \(bits.shift) to \(last)", "ビット \(bits.shift)〜\(last)"))
    }
    if let formula = formula(quantity) { notes.append(formula) }
    if let range = quantity.range {
      notes.append(
        language.pick(
          "\(number(range.lowerBound)) to \(number(range.upperBound))",
          "\(number(range.lowerBound))〜\(number(range.upperBound))"))
    }
    if !quantity.labels.isEmpty {
      notes.append(quantity.labels.map { "\($0.raw) \($0.label)" }.joined(separator: ", "))
    }
    notes += conditions(quantity)
    if let counter = quantity.counter { notes.append(self.counter(counter)) }
    return notes + writing(quantity)
  }

  private func counter(_ counter: DeviceProfiles.Counter) -> String {
    var text = language.pick("counter of \(counter.width) bits", "\(counter.width) ビットのカウンタ")
    if counter.resetsAtPowerUp {
      text += language.pick(", from 0 at power-up", "、電源投入で 0 に戻る")
    }
    if counter.clearedByReading {
      text += language.pick(", cleared by reading", "、読むと 0 に戻る")
    }
    return text
  }

  private func writing(_ quantity: ProfileQuantity) -> [String] {
    var notes: [String] = []
    if let function = quantity.writeFunction {
      notes.append(
        language.pick(
          "written by function \(function.rawValue)", "ファンクション \(function.rawValue) で書く"))
      if quantity.readback == .different {
        notes.append(language.pick("reads back differently", "読み返すと別の値"))
      }
    }
    if let output = quantity.timedOutput {
      notes.append(
        language.pick(
          "\(output) for so long; the device ends it", "\(output) をこの時間だけ。機器側で終わる"))
    }
    if quantity.isReadAlone {
      notes.append(language.pick("read on its own", "単独で読む"))
    }
    return notes
  }

  // MARK: Numbers

  func hex(_ address: UInt16) -> String {
    "0x" + address.hexadecimal
  }

  private func time(_ ms: UInt32) -> String {
    guard ms >= 1000 else { return "\(ms)\(space)ms" }
    return "\(number(Double(ms) / 1000))\(space)s"
  }

  private func number(_ value: Double) -> String {
    Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  private func signed(_ value: Double) -> String {
    value < 0 ? "− \(number(-value))" : "+ \(number(value))"
  }

  private func pattern(_ sentinel: Sentinel<UInt64>, _ quantity: ProfileQuantity) -> String {
    switch sentinel.pattern {
    case .raw(let bits): number(quantity.field.number(of: bits))
    case .notANumber: "NaN"
    case .positiveInfinity: "+∞"
    case .negativeInfinity: "−∞"
    }
  }

  private func word(_ fault: Fault) -> String {
    switch fault {
    case .missing: language.pick("missing", "値なし")
    case .invalid: language.pick("invalid", "無効")
    case .overflow: language.pick("above the range", "範囲超過")
    case .underflow: language.pick("below the range", "範囲未満")
    }
  }
}
