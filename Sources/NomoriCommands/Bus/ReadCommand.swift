internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

/// `nomori read`: what stands in a device now.
struct ReadCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Read points of a site, quantities of a profile, or registers, once.",
    discussion: """
      nomori read --site SITE probe.pressure river.level
      nomori read /dev/ttyUSB0 --profile keller/36xiw [--unit 1] [p1 tob1]
      nomori read /dev/ttyUSB0 --unit 1 --baud 9600 --table holding 0x0010,4
      nomori read 192.168.1.20:502 --unit 1 --table coil 0,8
      nomori read rtu:192.168.1.21:4001 --unit 1 0

      Addresses count from 0, as on the wire. Registers are shown in every form. With --site a \
      device that measures when it is told to is told to, as its gateway does.
      """)

  @Argument(
    help: ArgumentHelp(
      "With --site points; otherwise a bus and what to read there.",
      discussion: "The bus: \(BusTarget.help).",
      valueName: "what"))
  var words: [String]

  @Flag(help: "With --profile: let the device measure first, as its profile says; this may write.")
  var prepare = false

  @OptionGroup var device: DeviceOptions

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    if let site = device.site {
      try read(site: try loadSite(site, language: language))
      return
    }
    let target = try BusTarget(words[0], language)
    let rest = Array(words.dropFirst())
    if let profile = device.profile {
      try read(rest, of: try loadProfile(profile, language: language), at: target)
    } else {
      try read(try rest.map(span), at: target)
    }
  }

  // MARK: By point

  private func read(site: Site) throws {
    let check = LiveCheck(site: site)
    for id in words {
      guard let index = site.description.points.firstIndex(where: { $0.id == id }) else {
        let known = site.description.points.map(\.id).joined(separator: ", ")
        throw refusal(
          language, "the site has no point \(id); it has \(known)",
          "観測点 \(id) はありません。あるのは \(known)")
      }
      guard !check.isComputed(index) else {
        throw refusal(
          language, "\(id) is computed by a formula; read the points that it is made of",
          "\(id) は計算式による点です。元の観測点を読んでください")
      }
    }
    var report = ReadReport(format: format, language: language, ids: words)
    check.run(points: words) { report.add($0.readings, port: $0.port) }
    try report.end()
  }

  // MARK: By quantity

  private func read(_ ids: [String], of profile: DeviceProfile, at target: BusTarget) throws {
    let readable = profile.quantities.filter(\.isReadable)
    let quantities = try ids.map { id in
      guard let quantity = readable.first(where: { $0.id == id }) else {
        let known = readable.map(\.id).joined(separator: ", ")
        throw refusal(
          language, "\(profile.id) has no quantity \(id) to read; it has \(known)",
          "\(profile.id) に読める量 \(id) はありません。あるのは \(known)")
      }
      return quantity
    }
    let link = target.link(device.line.settings(profile))
    let unit = try link.checked(unit: device.unit ?? profile.defaultUnit, language)
    var bus = try openBus(link, language)
    let readings = LiveDevice.readings(
      of: quantities.isEmpty ? readable : quantities, profile: profile,
      unit: unit, timeout: device.wait, isPrepared: prepare, on: &bus)
    var report = ReadReport(format: format, language: language)
    report.add(readings, port: link.name)
    if !prepare, !profile.preparation.isEmpty {
      complain(
        language.pick(
          "\(profile.id) measures when it is told to; these may be old values. --prepare tells it",
          "\(profile.id) は指示されたときに測定します。古い値かもしれません。--prepare で測定させます"))
    }
    try report.end()
  }

  // MARK: By address

  /// `ADDRESS` or `ADDRESS,COUNT`.
  private func span(_ text: String) throws -> RegisterSpan {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(wordNumber)
    let table = device.table.table
    let most: UInt16 = table.isBits ? 2000 : 125
    guard (1...2).contains(parts.count), let address = parts[0],
      let count = parts.count == 2 ? parts[1] : 1, (1...most).contains(count),
      Int(address) + Int(count) <= 0x1_0000
    else {
      throw refusal(
        language,
        "\(text): expected ADDRESS or ADDRESS,COUNT, from 0 to 65535, at most \(most) at once",
        "\(text): ADDRESS または ADDRESS,COUNT が必要です（0〜65535、一度に \(most) まで）")
    }
    return RegisterSpan(table: table, address: address, count: count)
  }

  private func read(_ spans: [RegisterSpan], at target: BusTarget) throws {
    guard var unit = device.unit, !spans.isEmpty else {
      throw refusal(
        language, "expected --unit and an ADDRESS, or --profile, or --site",
        "--unit と ADDRESS、または --profile、--site が必要です")
    }
    let link = target.link(device.line.settings())
    unit = try link.checked(unit: unit, language)
    var bus = try openBus(link, language)
    var failed = false
    for span in spans {
      // Without a profile nothing is forbidden, so that there is always a plan.
      let read = try reporting {
        try bus.read([WantedPoint(span: span)], unit: unit, timeout: device.wait)
      }
      switch read.outcome(ofPoint: 0) {
      case .failed(let fault):
        failed = true
        complain(
          language.pick(
            "\(link.text), unit \(unit), \(span.text): ",
            "\(link.text)、ユニット \(unit)、\(span.text): ")
            + fault.text(port: link.name, in: language) + hint(fault))
      case .read(let time):
        try show(span, read.words(span) ?? [], time, unit: unit, link: link)
      }
    }
    if failed { throw ExitCode.unavailable }
  }

  /// The remedy where no message came.
  private func hint(_ fault: BusFault) -> String {
    guard fault == .timeout else { return "" }
    return language.pick(
      "; check wiring, unit and line settings, or let nomori scan find them",
      "。配線、ユニット、回線設定を確かめるか、nomori scan で探してください")
  }

  private func show(
    _ span: RegisterSpan, _ words: [UInt16], _ time: TimeSpan, unit: UInt8, link: Link
  ) throws {
    let style = TerminalStyle(isColoured: terminalColumns != nil)
    let dump = RegisterDump(span: span, words: words, language: language, style: style)
    switch format {
    case .json: say(try json(dump.json(unit: unit, responseTime: time)))
    case .text:
      let time = time.asMilliseconds
      say(
        language.pick(
          "\(link.text), unit \(unit), \(span.text): answered in \(time)",
          "\(link.text)、ユニット \(unit)、\(span.text): 応答 \(time)"))
      for line in dump.lines { say(line) }
    }
  }
}

extension RegisterSpan {
  /// `holding 0…3`.
  var text: String {
    count == 1 ? "\(table.word) \(address)" : "\(table.word) \(address)…\(end - 1)"
  }
}
