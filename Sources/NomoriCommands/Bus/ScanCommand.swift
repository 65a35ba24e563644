internal import ArgumentParser
internal import Commissioning
internal import DetectionCore
internal import DeviceProfiles
internal import LinuxHost
internal import Polling
internal import SiteConfiguration

/// `nomori scan`: who is on a bus.
struct ScanCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Find the line settings and units of an unknown bus; only reads, never writes.",
    discussion: """
      nomori scan /dev/ttyUSB0
      nomori scan /dev/ttyUSB0 --baud 9600 --parity none --units 1-32
      nomori scan 192.168.1.20:502
      nomori scan rtu:192.168.1.21:4001 --baud 19200 --parity even

      The factory settings of known devices come first. ^C ends it and shows what was found; \
      with --state FILE it goes on from there the next time. The line settings behind a serial \
      server are its own: give them, or 9600 baud without parity is taken.
      """)

  @Argument(help: ArgumentHelp("\(BusTarget.help).", valueName: "bus"))
  var target: String

  @Option(help: "Rates to try, such as 9600,19200; by default all usual ones.")
  var baud: String?

  @Option(help: "Parities to try, such as none,even; by default all.")
  var parity: String?

  @Option(help: "Unit addresses to try, such as 1-16,33; by default all.")
  var units: String?

  @Option(help: "Milliseconds to wait for a device of which nothing is known.")
  var timeout: UInt16 = 200

  @Flag(help: "Try all line settings even after something was found.")
  var thorough = false

  @Option(help: "Keep what was found in this file, and go on from it.")
  var state: String?

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    let stopped = try WakeSignal()
    try onInterrupt { _ in stopped.raise() }
    let bus = try BusTarget(target, language)
    let plan = try plan(for: bus)
    let file = try state.map { try ScanFile($0, target: target, plan: plan, language: language) }
    var scan = BusScan(plan: plan, from: file?.bookmark ?? BusScan.Bookmark())
    let report = ScanReport(target: bus, name: target, format: format, language: language)
    let isInterrupted = try search(bus, &scan, report, file: file, stopped: stopped)
    try file?.keep(isInterrupted ? scan.bookmark : nil)
    report.end(scan, isInterrupted: isInterrupted)
    if isInterrupted { throw ExitCode(130) }
    if scan.found.isEmpty { throw ExitCode.unavailable }
  }

  /// Scans until the end or ^C; true where it was ^C.
  private func search(
    _ bus: BusTarget, _ scan: inout BusScan, _ report: ScanReport, file: ScanFile?,
    stopped: WakeSignal
  ) throws -> Bool {
    var scanner = FieldScanner { settings in bus.link(settings ?? LineOptions.usual) }
    var progress = ProgressLine()
    let meter = ScanMeter(language: language)
    var said = 0
    while !stopped.wait(timeout: .zero) {
      let probe: BusScan.Probe?
      do throws(BusFault) {
        probe = try scanner.step(&scan)
      } catch {
        progress.clear()
        try file?.keep(scan.bookmark)
        report.end(scan, isInterrupted: true)
        throw portFailure(error, link: bus.link(LineOptions.usual), language)
      }
      guard let probe else {
        progress.clear()
        return false
      }
      while said < scan.identifiedCount {
        progress.clear()
        report.say(scan.found[said])
        said += 1
      }
      progress.show(meter.text(probe, scan))
      // Every now and then, should the power go.
      if scan.probeCount.isMultiple(of: 100) { try file?.keep(scan.bookmark) }
    }
    progress.clear()
    return true
  }

  private func plan(for bus: BusTarget) throws -> ScanPlan {
    let files = SiteFiles()
    let profiles = files.profileIDs.compactMap { id in
      files.profile(id).flatMap { ProfileDocument.read($0, id: id, into: DiagnosticLog()) }
    }
    let wait = TimeSpan.milliseconds(Int64(timeout))
    if case .tcp = bus {
      let units = try units.map { try unitNumbers($0, in: [0...247, 255...255]) }
      return ScanPlan(tcpUnits: units, profiles: profiles, timeout: wait)
    }
    var rates = try baud.map(rates)
    var parities = try parity.map(parities)
    if case .rtuOverTCP = bus {
      rates = rates ?? [LineOptions.usual.baud]
      parities = parities ?? [LineOptions.usual.parity]
      guard rates?.count == 1, parities?.count == 1 else {
        throw refusal(
          language,
          "\(target): expected the one --baud and --parity that the serial server is set to",
          "\(target): シリアルサーバーに設定した --baud と --parity を一つずつ指定してください")
      }
    }
    return ScanPlan(
      rates: rates, parities: parities,
      units: try units.map { try unitNumbers($0, in: [ScanPlan.allUnits]) }, profiles: profiles,
      timeout: wait, isThorough: thorough)
  }

  private func rates(_ text: String) throws -> [UInt32] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let rate = UInt32(part), rate > 0 else {
        throw refusal(
          language, "--baud \(text): expected rates such as 9600,19200",
          "--baud \(text): 9600,19200 のような速度が必要です")
      }
      return rate
    }
  }

  private func parities(_ text: String) throws -> [SerialSettings.Parity] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let name = ParityName(rawValue: String(part)) else {
        throw refusal(
          language, "--parity \(text): expected none, even, odd, or several such as none,even",
          "--parity \(text): none、even、odd、または none,even のような並びが必要です")
      }
      return name.parity
    }
  }

  /// `1-16,33` as addresses, each once.
  private func unitNumbers(_ text: String, in all: [ClosedRange<UInt8>]) throws -> [UInt8] {
    var numbers: [UInt8] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt8($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        first <= last, all.contains(where: { $0.contains(first) && $0.contains(last) })
      else {
        throw refusal(
          language,
          "--units \(text): expected addresses from \(all.text(.en)), such as 1-16,33",
          "--units \(text): \(all.text(.ja)) のアドレスが必要です（例 1-16,33）")
      }
      for unit in first...last where !numbers.contains(unit) { numbers.append(unit) }
    }
    return numbers
  }
}

/// Tells how far a scan has come, and how long it will still take at the pace so far.
struct ScanMeter {
  let language: Language
  private let clock = HostClock()
  private let start: Instant

  init(language: Language) {
    self.language = language
    start = clock.now
  }

  /// The line to show after `probe`.
  func text(_ probe: BusScan.Probe, _ scan: BusScan) -> String {
    let line = probe.line.map { "\($0.text)  " } ?? ""
    let pace = (clock.now - start).seconds / Double(max(1, scan.probeCount))
    let left = Int(pace * Double(scan.remaining))
    let time = left >= 90 ? "\((left + 30) / 60) min" : "\(left) s"
    return language.pick(
      "\(line)unit \(probe.unit)   found \(scan.found.count)   at most \(time) left   ^C ends it",
      "\(line)ユニット \(probe.unit)   発見 \(scan.found.count)   残り最大 \(time)   ^C で終了")
  }
}
