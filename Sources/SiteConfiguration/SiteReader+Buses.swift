internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The section `buses`: lines, and the devices on them.

/// A bus, reached by one of `serial`, `tcp`, `rtuOverTcp` and `rawTcp`.
struct BusKeys: Keys {
  let id = Key("id", .reference)
  let serial = Key(optional: "serial", .section(SerialKeys.self))
  let tcp = Key(optional: "tcp", .section(NetworkKeys.self))
  let rtuOverTcp = Key(optional: "rtuOverTcp", .section(SerialServerKeys.self))
  let rawTcp = Key(optional: "rawTcp", .section(RawServerKeys.self))
  let probeShare = Key(optional: "probeShare", formerly: "deadShare", .later(.text))
  let sampleTimes = Key("sampleTimes", .choice(SampleTimes.self), default: .start)
  let devices = Key("devices", .list(of: .section(DeviceKeys.self), 1...247))
}

/// From when on the periods of a bus are counted.
enum SampleTimes: String, CaseIterable {
  case start, clock
}

/// A Modbus device, with `unit`, or a sensor with messages of its own, with `address` where it has one.
struct DeviceKeys: Keys {
  let id = Key("id", .reference)
  let profile = Key("profile", .later(.text))
  let unit = Key(optional: "unit", .later(.integer(0...255)))
  let address = Key(optional: "address", .later(.text))
  let identity = Key(optional: "identity", .later(.words(["check", "ignore"])))
  let failSafe = Key(optional: "failSafe", .later(.form(.duration)))
  let timing = Key(optional: "timing", .section(DeviceTimingKeys.self))
}

/// How long the device takes where it stands, instead of what its profile says.
struct DeviceTimingKeys: Keys {
  let responseTimeout = Key(optional: "responseTimeout", .milliseconds(10...600_000))
  let responseDelay = Key(optional: "responseDelay", .milliseconds(0...60_000))
  let guardTime = Key(optional: "guard", .milliseconds(0...10_000))
  let afterWrite = Key(optional: "afterWrite", .milliseconds(0...10_000))
}

extension SiteReader {
  /// The addresses of a serial line, by the Modbus specification.
  private static let serialUnits = 1...247
  /// Modbus TCP devices also answer to 0, and to 255 where they have no unit of their own.
  private static let networkUnits = 0...255
  /// Reserved by the Modbus specification; no request can be sent to them.
  private static let reservedUnits = 248...254

  mutating func readBuses(
    _ root: Section<SiteFileKeys>, profiles find: (String) -> SourceText?
  ) {
    for section in root.buses ?? [] { readBus(section, profiles: find) }
  }

  /// A bus that is being read.
  struct OpenBus {
    let id: String
    let link: ReadLink?
    /// Its index in the site; nil before its first device, which says how they all speak.
    var index: Int?
    var units: [(unit: YAMLNode, number: UInt8)] = []
  }

  private mutating func readBus(
    _ section: Section<BusKeys>, profiles find: (String) -> SourceText?
  ) {
    let id = busNames.declare(section.id)
    let (linkNode, link) = readLink(section)
    if let id { busNodes[id] = section.node }
    // Two buses must not share a line, whatever its settings.
    if let link {
      if let first = links.first(where: { $0.name == link.name }) {
        linkNode?.report(
          found: .value(link.name),
          expected: both(
            "a line of its own; bus \"\(first.bus)\" uses it too",
            "バスごとに別の回線 (\"\(first.bus)\" と同じ)"))
      }
      links.append((link.name, id ?? ""))
    }
    var open = OpenBus(id: id ?? "", link: link)
    for device in section.devices ?? [] {
      let id = deviceNames.declare(device.id)
      let profileNode = device.profile
      let profile = profileNode.flatMap { readProfile($0, find: find) }
        .map { readTiming(device, over: $0) }
      devices.append(nil)
      if let profileNode, let profile, profile.line != nil {
        readSensor(device, id: id, profile, at: profileNode, on: &open)
      } else {
        readDevice(device, id: id, profile, at: profileNode, on: &open)
      }
    }
    if let index = open.index { refuseReservedUnits(open.units, bus: index) }
    if let node = section.probeShare { readProbeShare(node, of: open) }
    switch section.sampleTimes {
    case .start: break
    case .clock: if let index = open.index { buses[index].clock = header?.rules.zone }
    }
  }

  /// Adds a device to its bus, which is made with the first one.
  mutating func add(_ device: DevicePlan, of profile: DeviceProfile, to open: inout OpenBus) {
    let index = open.index ?? buses.count
    if open.index == nil {
      open.index = index
      buses.append(
        BusPlan(
          id: open.id, link: open.link?.link ?? .tcp(host: "", port: 0), devices: [],
          transmitter: open.link?.transmitter))
    }
    devices[devices.count - 1] = DeviceLocation(
      bus: index, device: buses[index].devices.count, profile: profile)
    buses[index].devices.append(device)
  }

  /// True where a device that speaks so has a place on the bus: all devices of a bus speak alike, and
  /// not every link carries everything.
  func takes(framed: Bool, _ open: OpenBus) -> Bool {
    guard let link = open.link else { return true }
    let isAlike = open.index.map { buses[$0].isFramed == framed } ?? true
    return isAlike && (framed ? link.carriesBytes : link.carriesModbus)
  }

  private mutating func readProbeShare(_ node: YAMLNode, of open: OpenBus) {
    if let index = open.index, buses[index].devices.allSatisfy(\.isFreeRunning) {
      return node.report(
        expected: both(
          "no such key; a sensor that sends by itself takes no time from others",
          "このキーなし (要求なしで送信するセンサーは他の機器の時間を使わない)"))
    }
    guard let percent = node.valueWithUnit(in: "%") else { return }
    guard percent >= 0.1, percent <= 100 else {
      return node.report(expected: both("0.1 % to 100 %", "0.1 % 以上 100 % 以下"))
    }
    let share = UInt16((percent * 10).rounded())
    if let index = open.index { buses[index].probeShare = share }
  }

  private mutating func readDevice(
    _ section: Section<DeviceKeys>, id: String?, _ profile: DeviceProfile?,
    at profileNode: YAMLNode?, on open: inout OpenBus
  ) {
    // Whether a device without a profile would need a unit is not known.
    let unitNode = profile == nil ? section.unit : section.needed(\.unit)
    let isSerial = if case .tcp = open.link?.link { false } else { true }
    let unit = unitNode.flatMap { readUnit($0, isSerial: isSerial) }
    let failSafe = section.failSafe.flatMap { readFailSafe($0, of: profile) }
    let ignoresIdentity = section.identity.map { readIdentity($0, of: profile) } ?? false
    if let profile {
      section.refuse(
        \.address,
        expected: both(
          "unit; \(profile.id) speaks Modbus", "unit (\(profile.id) は Modbus 機器)"))
    }
    if let unitNode, let unit {
      if let first = open.units.first(where: { $0.number == UInt8(unit) }) {
        unitNode.report(
          expected: both(
            "a unit that no other device of the bus has; line \(first.unit.line) has it too",
            "バス内で重ならないユニット番号 (\(first.unit.line) 行目と同じ)"))
      }
      open.units.append((unitNode, UInt8(unit)))
    }
    guard let id, let profile, let profileNode, let unit else { return }
    guard takes(framed: false, open) else {
      profileNode.report(
        expected: both(
          "a sensor with a protocol of its own beside the others, or rawTcp; "
            + "\(profile.id) speaks Modbus and needs serial, tcp or rtuOverTcp",
          "独自プロトコルのセンサー (\(profile.id) は Modbus なので serial、tcp、rtuOverTcp が必要)"))
      return
    }
    compare(profile, with: open.link?.link.transmission?.serial, at: profileNode)
    refuseUnknownPreparation(of: profile, at: profileNode)
    add(
      DevicePlan(
        id: id, unit: UInt8(unit), profile: profile, points: [], outputs: [],
        failSafe: failSafe, ignoresIdentity: ignoresIdentity),
      of: profile, to: &open)
  }

  /// The profile with the times that the site knows better.
  private func readTiming(
    _ device: Section<DeviceKeys>, over profile: DeviceProfile
  ) -> DeviceProfile {
    guard let section = device.timing else { return profile }
    var profile = profile
    let usual = profile.timing
    profile.timing.responseTimeoutMs = section.responseTimeout ?? usual.responseTimeoutMs
    profile.timing.responseDelayMs = section.responseDelay ?? usual.responseDelayMs
    profile.timing.guardMs = section.guardTime ?? usual.guardMs
    profile.timing.afterWriteMs = section.afterWrite ?? usual.afterWriteMs
    if profile.timing.responseDelayMs >= profile.timing.responseTimeoutMs {
      section.node.report(
        found: .value(
          "responseDelay \(profile.timing.responseDelayMs) ms, "
            + "responseTimeout \(profile.timing.responseTimeoutMs) ms"),
        expected: both(
          "a responseTimeout longer than the responseDelay, each here or in \(profile.id)",
          "responseDelay より長い responseTimeout (ここまたは \(profile.id) で指定)"))
    }
    return profile
  }

  private func readUnit(_ node: YAMLNode, isSerial: Bool) -> Int? {
    guard let unit = node.integer(in: isSerial ? Self.serialUnits : Self.networkUnits) else {
      return nil
    }
    guard !Self.reservedUnits.contains(unit) else {
      node.report(
        expected: both(
          "a unit from 0 to 247, or 255; Modbus reserves the others, and they cannot be asked",
          "0〜247 または 255 のユニット番号 (他は Modbus の予約番号で、要求を送れません)"))
      return nil
    }
    return unit
  }

  private mutating func readProfile(
    _ node: YAMLNode, find: (String) -> SourceText?
  ) -> DeviceProfile? {
    guard let id = node.string() else { return nil }
    if let known = profiles.first(where: { $0.id == id }) { return known.profile }
    guard let source = find(id) else {
      node.report(
        expected: both(
          "the id of a device profile, such as keller/36xiw",
          "機器プロファイルの ID (例: keller/36xiw)"))
      return nil
    }
    let profile = ProfileDocument.read(source, id: id, into: log)
    profiles.append((id, source, profile))
    return profile
  }

  /// Devices can be set to other line settings than the factory's, so a difference is a warning.
  func compare(_ profile: DeviceProfile, with settings: SerialSettings?, at node: YAMLNode) {
    guard let settings, profile.serial != settings else { return }
    let factory = profile.serial?.written ?? "TCP"
    node.report(
      .warning, found: .value("\(profile.id) on \(settings.written)"),
      expected: both(
        "\(factory), the factory setting; make sure that the device was changed",
        "工場出荷時の設定 \(factory) (機器側の設定変更を確認)"))
  }

  /// After how long without a request the device itself is to switch its outputs.
  private func readFailSafe(_ node: YAMLNode, of profile: DeviceProfile?) -> TimeSpan? {
    // The gateway's own signs of life come three times as often.
    guard let time = node.duration(atLeast: .seconds(3)), let profile else { return nil }
    guard profile.watchdogSetting(for: time) != nil else {
      let id = profile.watchdog
      let range = id.flatMap { profile.quantity($0)?.range }
        .map { " (\(Int($0.lowerBound)) s – \(Int($0.upperBound)) s)" }
      node.report(
        expected: id.map {
          both(
            "a time that \($0) of \(profile.id) takes\(range ?? "")",
            "\(profile.id) の \($0) に設定できる時間\(range ?? "")")
        }
          ?? both(
            "no such key; \(profile.id) has no watchdog",
            "このキーなし (\(profile.id) にウォッチドッグ機能はありません)"))
      return nil
    }
    return time
  }

  /// Whether the device is taken for the profile's whatever it says of itself.
  private func readIdentity(_ node: YAMLNode, of profile: DeviceProfile?) -> Bool {
    guard node.choice(["check", "ignore"]) == "ignore", let profile else { return false }
    guard !profile.identity.isEmpty else {
      node.report(
        expected: both(
          "no such key; nothing tells \(profile.id) from other devices",
          "このキーなし (\(profile.id) には機種を確認する手段がありません)"))
      return false
    }
    node.report(
      .warning,
      expected: both(
        "check; whatever answers here is read and written as \(profile.id)",
        "check (このままでは何が応答しても \(profile.id) として読み書きします)"))
    return true
  }

  /// A device that waits for a command which cannot be sent would never be read well.
  private func refuseUnknownPreparation(of profile: DeviceProfile, at node: YAMLNode) {
    guard profile.preparation.contains(where: { $0.busRequest == nil }) else { return }
    node.report(
      expected: both(
        "a device that is prepared by requests that exist; the one that this one needs before each"
          + " reading does not",
        "実在する要求で準備できる機器 (この機器が読み出し前に必要とする要求は存在しません)"))
  }

  private func refuseReservedUnits(_ units: [(unit: YAMLNode, number: UInt8)], bus: Int) {
    for (node, number) in units {
      guard
        let owner = buses[bus].devices.compactMap(\.modbus?.profile)
          .first(where: { $0.reservedUnits.contains(number) })
      else { continue }
      node.report(
        expected: both(
          "another unit; \(number) has a special meaning for \(owner.id)",
          "別のユニット番号 (\(number) は \(owner.id) で特別な意味を持つ)"))
    }
  }
}

extension YAMLNode {
  /// A path from the root; anything else would depend on where the gateway was started.
  func absolutePath() -> String? {
    guard let path = string() else { return nil }
    guard path.hasPrefix("/") else {
      report(
        expected: both("a path from the root, such as /var/lib/nomori", "絶対パス (例: /var/lib/nomori)")
      )
      return nil
    }
    return path
  }
}
