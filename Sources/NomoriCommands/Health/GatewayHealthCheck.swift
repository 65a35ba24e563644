internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import GatewayStatus
internal import Polling

/// Findings about a running gateway and its buses, made from its status alone.
struct GatewayHealthCheck {
  let language: Language
  let report: SiteStatus

  /// On a sound line fewer than one of a thousand requests fail; one of a hundred is a loose wire, a
  /// missing termination or a second device with the same address.
  static let failuresWorthLooking = 0.01
  /// Above this share of its time a bus has no room for repeated requests: what `nomori check` keeps
  /// free of every plan.
  static let fullLoad = 0.9
  /// A reading that is this many periods old, and ten seconds, is not just on its way.
  static let overduePeriods = 3.0

  /// All there is to say: buses with their devices, points, destinations, the rest.
  var findings: [Finding] {
    var found: [Finding] = []
    for bus in report.buses {
      found.append(self.bus(bus))
      found += bus.devices.map { device($0, on: bus) }
    }
    found.append(points)
    return found + report.destinations.flatMap(destination) + others
  }

  /// Who reports, and which time the figures are of.
  var heading: String {
    let window = span(report.windowSeconds)
    return language.pick(
      "\(report.site): nomori \(report.version), running for \(span(report.uptimeSeconds)); "
        + "figures of the last \(window)",
      "\(report.site): nomori \(report.version)、稼働 \(span(report.uptimeSeconds))、"
        + "直近 \(window) の集計")
  }

  // MARK: Buses

  private func bus(_ bus: SiteStatus.Bus) -> Finding {
    let subject = "bus \(bus.id)"
    guard bus.isOpen else {
      let why = text(bus.lastFault, port: bus.port) ?? bus.port
      return Finding(
        subject: subject, verdict: .problem, text: why,
        remedy: language.pick(
          "check plug, cable and power of the adapter; nomori doctor SITE looks at the port",
          "アダプタの接続、ケーブル、電源を確かめてください。ポートは nomori doctor SITE で調べられます"))
    }
    var remarks: [String] = []
    var remedies: [String] = []
    let load = report.windowSeconds > 0 ? bus.recent.busySeconds / report.windowSeconds : 0
    let isNew = bus.recent.openings == bus.total.openings
    let reopened = bus.recent.openings - min(bus.recent.openings, isNew ? 1 : 0)
    if reopened > 0 {
      remarks.append(
        language.pick("port opened again \(times(reopened))", "ポートを \(reopened) 回開き直し"))
      remedies.append(
        language.pick(
          "the port went away: check plug and USB power",
          "ポートが消えました。コネクタと USB の電源を確かめてください"))
    }
    let closed = bus.recent.reconnections
    if closed > 0 {
      remarks.append(
        language.pick(
          "connection closed by the other end \(times(closed)), and opened again",
          "相手側による切断 \(closed) 回 (再接続済み)"))
    }
    let late = bus.recent.missedDeadlines + bus.recent.missedSlots
    if late > 0 {
      remarks.append(
        language.pick("\(counted(late, "sample")) late or left out", "遅れまたは欠測 \(late) 件"))
    }
    if late > 0 || load > Self.fullLoad {
      remedies.append(
        language.pick(
          "read less often, or more on another bus; nomori check --plan SITE shows what takes the time",
          "周期を長くするか、別のバスに分けてください。内訳は nomori check --plan SITE で確かめられます"))
    }
    let text = "\(bus.port): " + language.pick("load \(percent(load))", "負荷 \(percent(load))")
    return Finding(
      subject: subject, verdict: remedies.isEmpty ? .ok : .warning,
      text: ([text] + remarks).joined(separator: language.pick(", ", "、")),
      remedy: remedies.isEmpty ? nil : remedies.joined(separator: language.pick("; ", "。")))
  }

  private func device(_ device: SiteStatus.Device, on bus: SiteStatus.Bus) -> Finding {
    let fault = device.lastFault.flatMap { BusFault(code: $0) }
    if device.isLost { return lost(device, fault, on: bus) }
    let counts = device.recent
    let failures = counts.timeouts + counts.damaged + counts.exceptions
    let refused = device.refused ?? []
    let isWell =
      (failures < 2
        || Double(failures) < Self.failuresWorthLooking * Double(max(counts.requests, 1)))
      && refused.allSatisfy { $0.times < 2 }
    let identity =
      device.ignoresIdentity ? language.pick("identity not checked", "機種は未確認") : nil
    return Finding(
      subject: device.id, verdict: isWell ? .ok : .warning,
      text: ([times(device.responseMs), failureWords(counts), identity].compactMap { $0 }
        + refused.map { refusal(of: $0) }).joined(separator: language.pick("; ", "、")),
      remedy: isWell ? nil : remedy(of: counts))
  }

  private func lost(
    _ device: SiteStatus.Device, _ fault: BusFault?, on bus: SiteStatus.Bus
  ) -> Finding {
    let why = fault.map { $0.text(port: bus.port, in: language) } ?? ""
    let next = device.nextProbeSeconds.map(span) ?? "?"
    let text = language.pick(
      "lost: \(why); asked again in \(next)", "応答なしと判定: \(why)。次の確認まで \(next)")
    let remedy =
      fault == .wrongDevice
      ? language.pick(
        "connect the right device or correct its profile; identity: ignore takes a newer model",
        "正しい機器を接続するか profile を直してください。新しい型番なら identity: ignore で使えます")
      : language.pick(
        "check its power, its wires A and B, and its unit address",
        "電源、A と B の配線、ユニットアドレスを確かめてください")
    return Finding(subject: device.id, verdict: .problem, text: text, remedy: remedy)
  }

  /// Which point a device refuses, and when it is asked for again.
  private func refusal(of point: SiteStatus.RefusedPoint) -> String {
    let table = RegisterTable(rawValue: point.table)?.word ?? point.table
    let why = text(point.fault, port: "") ?? point.fault
    return language.pick(
      "\(point.id) (\(table) \(point.address)) refused \(times(UInt64(point.times))): \(why), "
        + "asked again in \(span(point.nextSeconds))",
      "\(point.id)（\(table) \(point.address)）は \(point.times) 回続けて\(why)、"
        + "次の読み出しまで \(span(point.nextSeconds))")
  }

  private func failureWords(_ counts: SiteStatus.Counts) -> String {
    var kinds: [String] = []
    func add(_ count: UInt64, _ english: String, _ japanese: String) {
      if count > 0 { kinds.append(language.pick("\(count) \(english)", "\(japanese) \(count)")) }
    }
    add(counts.timeouts, "without answer", "無応答")
    add(counts.damaged - min(counts.damaged, counts.wrongUnits), "damaged", "破損")
    add(counts.wrongUnits, "from another unit", "別ユニットの応答")
    add(counts.exceptions, "refused", "例外応答")
    add(counts.missedDeadlines + counts.missedSlots, "late", "遅れ")
    guard counts.requests + counts.answers > 0 else {
      return language.pick("nothing asked or heard in this time", "この間の通信なし")
    }
    let whole =
      counts.requests > 0
      ? language.pick(counted(counts.requests, "request"), "要求 \(counts.requests) 回")
      : language.pick(counted(counts.answers, "message"), "受信 \(counts.answers) 件")
    guard !kinds.isEmpty else {
      return whole + language.pick(", none failed", "、失敗なし")
    }
    return whole + ": " + kinds.joined(separator: language.pick(", ", "、"))
  }

  /// What to do about what failed most.
  private func remedy(of counts: SiteStatus.Counts) -> String {
    if counts.exceptions >= max(counts.timeouts, counts.damaged) {
      return language.pick(
        "it has not every register that is asked for: compare its model with the profile; "
          + "nomori check --live SITE names them",
        "ないレジスタを読んでいます。型番とプロファイルを比べてください。nomori check --live SITE で分かります")
    }
    return counts.damaged > counts.timeouts
      ? language.pick(
        "check shield, termination and bias of the line, and whether two devices have this address",
        "シールド、終端、バイアス抵抗と、同じアドレスの機器が二台ないかを確かめてください")
      : language.pick(
        "check for a loose wire or weak power; a slow device needs a longer responseTimeout",
        "配線の緩みと電源を確かめてください。遅い機器には長い responseTimeout が必要です")
  }

  // MARK: The rest

  private var points: Finding {
    let overdue = report.points.filter { point in
      (point.ageSeconds ?? report.uptimeSeconds)
        > Self.overduePeriods * point.periodSeconds + 10
    }
    let missing = report.points.filter { [nil, .fail, .missing].contains($0.flag) }
    var text = language.pick(
      "\(report.points.count - missing.count) of \(report.points.count) have a value",
      "\(report.points.count) 点中 \(report.points.count - missing.count) 点に値あり")
    if !missing.isEmpty { text += " (" + language.pick("not ", "なし: ") + names(missing) + ")" }
    guard !overdue.isEmpty else {
      return Finding(subject: "points", verdict: .ok, text: text, remedy: nil)
    }
    text += language.pick("; overdue: ", "、更新が止まった点: ") + names(overdue)
    return Finding(
      subject: "points", verdict: .warning, text: text,
      remedy: language.pick(
        "the bus is overloaded, or the gateway is held up: see its load and the machine's",
        "バスの過負荷か、ゲートウェイの停滞です。バスと機械の負荷を確かめてください"))
  }

  private func names(_ points: [SiteStatus.Point]) -> String {
    let shown = points.prefix(5).map(\.id).joined(separator: ", ")
    return points.count > 5 ? shown + ", …" : shown
  }

  /// Lost things, outputs, and problems that are none of a bus or a destination.
  private var others: [Finding] {
    var found: [Finding] = []
    for output in report.outputs {
      if let finding = finding(of: output) { found.append(finding) }
    }
    let told = ["bus ", "device ", "output ", "destination "]
    for (subject, problem) in report.problems.sorted(by: { $0.key < $1.key })
    where !told.contains(where: { subject.hasPrefix($0) }) {
      found.append(
        Finding(subject: subject, verdict: .warning, text: problem.text(in: language), remedy: nil))
    }
    if report.lost.total > 0 {
      found.append(
        Finding(
          subject: "lost", verdict: .warning,
          text: language.pick(
            "\(report.lost.total) readings, events or records since the start",
            "開始後に失われた計測値・イベント・記録 \(report.lost.total) 件"),
          remedy: language.pick(
            "the machine or its disk is too slow or full; nomori doctor SITE looks at it",
            "機械またはディスクが遅いか満杯です。nomori doctor SITE で調べられます")))
    }
    return found
  }

  /// Nothing of an output that is as it should be, or about to.
  private func finding(of output: SiteStatus.Output) -> Finding? {
    let state = language.pick(
      output.isOn == true ? "on" : "off", output.isOn == true ? "作動" : "停止")
    return switch output.state {
    case nil, .pending, .confirmed: nil
    case .unverified:
      Finding(
        subject: "output \(output.id)", verdict: .ok,
        text: language.pick(
          "written \(state), unverified: the device cannot show it",
          "\(state)を書き込み済み、未確認 (機器から読み返せません)"),
        remedy: nil)
    case .faulty:
      Finding(
        subject: "output \(output.id)", verdict: .problem,
        text: language.pick("does not do what it is told", "指示どおりに動きません"),
        remedy: language.pick(
          "check the relay and its bus; nomori write switches it by hand, with the gateway stopped",
          "リレーとバスを確かめてください。ゲートウェイを止めれば nomori write で操作できます"))
    }
  }

  // MARK: Text

  private func text(_ code: String?, port: String) -> String? {
    code.flatMap { BusFault(code: $0) }.map { $0.text(port: port, in: language) }
  }

  private func counted(_ number: UInt64, _ one: String) -> String {
    "\(number) \(one)\(number == 1 ? "" : "s")"
  }

  private func times(_ count: UInt64) -> String { count == 1 ? "once" : "\(count) times" }

  private func times(_ times: SiteStatus.ResponseTimes?) -> String? {
    times.map { times in
      func text(_ time: Double) -> String { "\(time.text(decimals: time < 10 ? 1 : 0)) ms" }
      return language.pick(
        "\(text(times.p50)) (95 %: \(text(times.p95)), 99 %: \(text(times.p99)))",
        "応答 \(text(times.p50))（95 %: \(text(times.p95))、99 %: \(text(times.p99))）")
    }
  }

  private func percent(_ share: Double) -> String {
    "\((100 * share).text(decimals: share < 0.1 ? 1 : 0)) %"
  }

  /// `42 s`, `7 min`, `3 h 12 min`, `9 d 4 h`.
  private func span(_ seconds: Double) -> String {
    let seconds = Int(min(max(0, seconds), 1e12))
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
    if minutes < 2 { return "\(seconds) s" }
    if hours < 2 { return "\(minutes) min" }
    return days < 2 ? "\(hours) h \(minutes % 60) min" : "\(days) d \(hours % 24) h"
  }
}
