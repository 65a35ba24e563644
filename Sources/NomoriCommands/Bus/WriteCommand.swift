internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

/// `nomori write`: one value into one device, asked back and read back.
struct WriteCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "write",
    abstract: "Write one output of a site, one quantity of a profile, or one register.",
    discussion: """
      nomori write --site SITE warning-lamp on
      nomori write /dev/ttyUSB0 --profile waveshare/modbus-rtu-relay-8ch --unit 2 relay1 on
      nomori write /dev/ttyUSB0 --raw --unit 2 --table coil 0 1

      Asks before it writes; where nobody can be asked, --yes is needed. What was written stays: no \
      gateway ends it. Only what the profile or the site declares can be written, unless --raw.
      """)

  @Argument(
    help: ArgumentHelp(
      "With --site an output and a value; otherwise a bus, what, and a value.",
      discussion: "The bus: \(BusTarget.help).",
      valueName: "what"))
  var words: [String]

  @Flag(help: "Write to an address of which no profile says anything.")
  var raw = false

  @OptionGroup var device: DeviceOptions

  @Flag(help: "Do not ask.")
  var yes = false

  @OptionGroup var output: OutputOptions

  /// What goes where.
  private struct Target {
    enum Content {
      case quantity(ProfileQuantity, of: DeviceProfile, Double)
      case raw(UInt16, at: RegisterSpan)
    }
    var link: Link
    var transmitter: TransmitterControl?
    var unit: UInt8
    var content: Content

    var profile: DeviceProfile? {
      if case .quantity(_, let profile, _) = content { profile } else { nil }
    }
    /// What can be read before; nil where nothing can.
    var readable: ProfileQuantity? {
      switch content {
      case .raw(_, let span): .raw(span)
      case .quantity(let quantity, _, _): quantity.isReadable ? quantity : nil
      }
    }
  }

  mutating func run() throws {
    let target = try target()
    _ = try target.link.checked(unit: target.unit, language)
    guard yes || hasKeyboard else {
      throw refusal(
        language, "nobody can be asked here; expected --yes", "確認できる端末がありません。--yes が必要です")
    }
    var bus = try openBus(target.link, transmitter: target.transmitter, language)
    let before = try target.readable.flatMap { try look(at: $0, target, on: &bus) }
    let write = try singleWrite(target, before)
    let standing = before?.words(write.span)
    try confirm(target, write, standing)
    let record = try sample([], writing: write.output, target, on: &bus)
    try report(target, write, before: standing, record)
  }

  /// Reads what stands there; nil where the device refuses.
  private func look(
    at quantity: ProfileQuantity, _ target: Target, on bus: inout FieldBus
  ) throws -> SampleRecord? {
    let record = try sample([quantity], target, on: &bus)
    guard case .failed(let fault) = record.outcome(ofPoint: 0) else { return record }
    guard case .exception = fault else { throw portFailure(fault, link: target.link, language) }
    return nil
  }

  private func sample(
    _ quantities: [ProfileQuantity], writing output: WrittenOutput? = nil, _ target: Target,
    on bus: inout FieldBus
  ) throws -> SampleRecord {
    let plan = DevicePlan(
      sampling: quantities, unit: target.unit, profile: target.profile, timeout: device.wait)
    return try reporting { try bus.sample(plan, writing: output) }
  }

  private func singleWrite(_ target: Target, _ before: SampleRecord?) throws -> SingleWrite {
    do throws(SingleWrite.Refusal) {
      switch target.content {
      case .raw(let word, let span):
        return try SingleWrite(
          raw: word, table: span.table, address: span.address, isReadable: before != nil)
      case .quantity(let quantity, _, let value):
        return try SingleWrite(value, to: quantity, current: { before?.word($0, $1) })
      }
    } catch {
      throw refusal(language, text(error, .en), text(error, .ja))
    }
  }

  // MARK: What and where

  private func target() throws -> Target {
    if let site = device.site { return try target(in: try loadSite(site, language: language)) }
    guard words.count == 3 else {
      throw refusal(
        language, "expected a bus, what to write, and a value", "バス、書く対象、値が必要です")
    }
    let bus = try BusTarget(words[0], language)
    if raw { return try rawTarget(on: bus) }
    guard let profile = try device.profile.map({ try loadProfile($0, language: language) }) else {
      throw refusal(
        language, "expected --profile, or --raw for an address of which no profile says anything",
        "--profile、またはプロファイルのないアドレスなら --raw が必要です")
    }
    let writable = profile.quantities.filter(\.isWritable)
    guard let quantity = writable.first(where: { $0.id == words[1] }) else {
      let known = writable.map(\.id).joined(separator: ", ")
      throw refusal(
        language, "\(profile.id) declares no \(words[1]) that can be written; it has: \(known)",
        "\(profile.id) に書ける量 \(words[1]) はありません。あるのは \(known)")
    }
    return Target(
      link: bus.link(device.line.settings(profile)), unit: device.unit ?? profile.defaultUnit,
      content: .quantity(quantity, of: profile, try number(words[2], quantity)))
  }

  private func rawTarget(on bus: BusTarget) throws -> Target {
    guard let unit = device.unit, let address = wordNumber(words[1]),
      let word = wordNumber(words[2])
    else {
      throw refusal(
        language, "expected --unit with --raw, and an address and a value from 0 to 65535",
        "--raw には --unit と、0〜65535 のアドレスと値が必要です")
    }
    let span = RegisterSpan(table: device.table.table, address: address, count: 1)
    return Target(
      link: bus.link(device.line.settings()), unit: unit, content: .raw(word, at: span))
  }

  private func target(in site: Site) throws -> Target {
    let ids = site.description.outputs.map(\.id)
    let devices = site.buses.flatMap { bus in bus.devices.map { (bus, $0) } }
    for (bus, device) in devices where words.count == 2 {
      guard let modbus = device.modbus,
        let output = modbus.outputs.first(where: { ids[Int($0.output)] == words[0] })
      else { continue }
      return Target(
        link: bus.link, transmitter: bus.transmitter, unit: modbus.unit,
        content: .quantity(
          output.quantity, of: modbus.profile,
          try number(words[1], output.quantity, switched: output.values)))
    }
    let known = ids.joined(separator: ", ")
    throw refusal(
      language, "expected an output and a value; the site has the outputs: \(known)",
      "出力と値が必要です。出力は \(known)")
  }

  /// `on`, `off`, the word for a code, or a number.
  private func number(
    _ text: String, _ quantity: ProfileQuantity, switched: SwitchedValues? = nil
  ) throws -> Double {
    if let label = quantity.labels.first(where: { $0.label == text }) {
      return quantity.field.number(of: label.raw)
    }
    let coil = quantity.field.width == 1 ? SwitchedValues() : nil
    if let values = switched ?? quantity.output ?? coil, text == "on" || text == "off" {
      return text == "on" ? values.on : values.off
    }
    guard let number = Double(text), number.isFinite else {
      let words = quantity.labels.map(\.label).joined(separator: ", ")
      throw refusal(
        language, "\(quantity.id) \(text): expected a number, on or off \(words)",
        "\(quantity.id) \(text): 数値、on、off が必要です \(words)")
    }
    return number
  }

  // MARK: Before

  private func confirm(_ target: Target, _ write: SingleWrite, _ before: [UInt16]?) throws {
    guard !yes else { return }
    let now = before.map { language.pick("now \($0.text)", "現在 \($0.text)") } ?? "?"
    let what = words.suffix(2).joined(separator: " = ")
    show(
      language.pick(
        "\(target.link.text), unit \(target.unit), \(write.span.text) (\(now)): "
          + "write \(what)? [y/N] ",
        "\(target.link.text)、ユニット \(target.unit)、\(write.span.text)（\(now)）: "
          + "\(what) を書きますか? [y/N] "))
    guard let answer = readLine()?.lowercased(), answer == "y" || answer == "yes" else {
      complain(language.pick("nothing was written", "書いていません"))
      throw ExitCode.failure
    }
  }

  private func text(_ refusal: SingleWrite.Refusal, _ language: Language) -> String {
    let what = words.suffix(2).joined(separator: " ")
    return switch refusal {
    case .readOnly: language.pick("\(what): can only be read", "\(what): 読み出し専用です")
    case .wrongTable:
      language.pick(
        "\(what): only coils and holding registers can be written",
        "\(what): 書けるのはコイルと保持レジスタだけです")
    case .outOfRange(let range):
      language.pick(
        "\(what): expected \(range.lowerBound) to \(range.upperBound)",
        "\(what): \(range.lowerBound)〜\(range.upperBound) が必要です")
    case .neighboursUnknown:
      language.pick(
        "\(what): shares a register whose other bits could not be read",
        "\(what): 同じレジスタの他のビットを読めませんでした")
    case .noRawValue:
      language.pick(
        "\(what): expected a value that the register can hold", "\(what): レジスタに入る値が必要です")
    }
  }

  // MARK: After

  private struct Result: Encodable {
    var unit: UInt8
    var table: String
    var address: UInt16
    /// A word for each coil or register.
    var before: [UInt16]?
    var after: [UInt16]?
    /// Absent where the device does not show what was written.
    var verified: Bool?
  }

  private func report(
    _ target: Target, _ write: SingleWrite, before: [UInt16]?, _ record: SampleRecord
  ) throws {
    if record.written == .pending, let fault = record.lastFault {
      throw portFailure(fault, link: target.link, language)
    }
    let after = write.expected.flatMap { _ in record.wordsReadBack(write.span) }
    let isVerified = write.expected.map { _ in record.written == .confirmed }
    if format == .json {
      say(
        try json(
          Result(
            unit: target.unit, table: write.span.table.word, address: write.span.address,
            before: before, after: after, verified: isVerified)))
    } else if isVerified == nil {
      say(language.pick("written; it cannot be read back", "書きました。読み返しはできません"))
    } else if isVerified == true, let after {
      say(
        language.pick(
          "written, and reads back: \(write.span.text) = \(after.text)",
          "書き込み、読み返しで確認: \(write.span.text) = \(after.text)"))
    }
    guard isVerified == false, let after, let expected = write.expected else { return }
    complain(
      language.pick(
        "\(write.span.text): reads back \(after.text), expected \(expected.text)",
        "\(write.span.text): 読み返しは \(after.text)、書いたのは \(expected.text)"))
    throw ExitCode.unavailable
  }
}

extension [UInt16] {
  /// `42`, `16025 39322`.
  fileprivate var text: String { map(String.init).joined(separator: " ") }
}
