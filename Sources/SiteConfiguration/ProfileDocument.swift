public import DeviceProfiles
internal import Delivery
internal import DetectionCore

/// What every profile says, whatever its device speaks.
struct ProfileHeadKeys: Keys {
  let dialect = Key("protocol", .word(["modbus", framed]), default: "modbus")
  let maker = Key("maker", .text)
  let model = Key("model", .text)
  let summary = Key("summary", .text)
  let provenance = Key("provenance", .section(ProvenanceKeys.self))
  let serial = Key(optional: "serial", .section(PortSettingsKeys.self))
  let timing = Key(optional: "timing", .section(TimingKeys.self))

  private static let framed = "line"

  /// Whether the device has messages of its own.
  static func isFramed(_ root: YAMLNode) -> Bool {
    root.isMappingNode && root.optional("protocol")?.scalarText == framed
  }
}

struct ModbusProfileKeys: Keys {
  let head = ProfileHeadKeys()
  let addressing = Key("addressing", .choice(ProfileAddressing.self))
  let unit = Key("unit", .integer(1...255))
  let reservedUnits = Key(optional: "reservedUnits", .list(of: .integer(0...255)))
  let limits = Key(optional: "limits", .section(LimitsKeys.self))
  let preparation = Key(optional: "preparation", .list(of: .section(PreparationStepKeys.self)))
  let exceptions = Key(optional: "exceptions", .list(of: .section(ExceptionKeys.self)))
  let identity = Key(
    optional: "identity",
    .list(
      of: .later(.either([.section(ServerTextKeys.self), .section(IdentityFieldKeys.self)]))))
  let quantities = Key("quantities", .entries(of: .section(QuantityKeys.self)))
  let watchdog = Key(optional: "watchdog", .later(.form(.quantityID)))
  let cases = Key("cases", .list(of: .section(ModbusCaseKeys.self), 1...1000))
}

struct ProvenanceKeys: Keys {
  let confidence = Key("confidence", .choice(Provenance.Confidence.self))
  let sources = Key("sources", .list(of: .text, 1...100))
  let unverified = Key(optional: "unverified", .list(of: .text))
}

struct LimitsKeys: Keys {
  private static let usual = ReadLimits()

  let registers = Key("registers", .integer(1...125), default: Int(usual.maximumRegisters))
  let bits = Key("bits", .integer(1...2000), default: Int(usual.maximumBits))
  let hole = Key("hole", .integer(0...124), default: Int(usual.maximumHole))
  let evenStart = Key("evenStart", .truth, default: usual.evenStart)
  let forbidden = Key(optional: "forbidden", .list(of: .section(SpanKeys.self)))
}

struct TimingKeys: Keys {
  private static let usual = DeviceTiming()

  let responseTimeout = Key(
    "responseTimeout", .milliseconds(), default: usual.responseTimeoutMs)
  let responseDelay = Key(
    "responseDelay", formerly: "turnaround", .milliseconds(), default: usual.responseDelayMs)
  /// 3.5 characters where it is not given.
  let guardTime = Key(optional: "guard", .milliseconds())
  let afterWrite = Key("afterWrite", .milliseconds(), default: usual.afterWriteMs)
  let minimumPeriod = Key("minimumPeriod", .milliseconds(), default: usual.minimumPeriodMs)
  let startup = Key("startup", .milliseconds(), default: usual.startupMs)
  let warmup = Key("warmup", .milliseconds(), default: usual.warmupMs)
}

/// A step of `preparation`: one of three requests, and how long to wait after it.
struct PreparationStepKeys: Keys {
  let write = Key(optional: "write", .section(BlockKeys.self))
  let read = Key(optional: "read", .section(SpanKeys.self))
  let send = Key(optional: "send", .hexBytes)
  let wait = Key("wait", .milliseconds())
}

struct ExceptionKeys: Keys {
  /// The meaning that is no fault.
  static let notReady = "not-ready"

  let code = Key("code", .integer(1...255))
  let means = Key("means", .word([notReady] + Fault.allCases.map(\.rawValue)))
  /// Only and always beside `not-ready`.
  let retry = Key(optional: "retry", .milliseconds())
}

/// A device that is known by what it says of itself.
struct ServerTextKeys: Keys {
  let serverText = Key("serverText", .text)
}

/// A device that is known by what stands in its registers.
struct IdentityFieldKeys: Keys {
  let field = FieldKeys()
  let accept = Key("accept", .list(of: .later(.number(.all)), 1...100))
}

/// Reads a device profile from the text of `Devices/<maker>/<model>.yaml`.
///
/// Everything that is wrong is said at once: keys that mean nothing, values out of range,
/// quantities that cannot be read within the device's own limits, companions that do not exist,
/// and cases that the profile does not fulfil.
public enum ProfileDocument {
  /// The profile in `source`, or nil after at least one error in `log`.
  ///
  /// - Parameters:
  ///   - source: the text and the name under which its mistakes are reported.
  ///   - id: the profile's id, `<maker>/<model>` of its path below `Devices/`.
  ///   - log: takes what is wrong.
  public static func read(
    _ source: SourceText, id: String, into log: DiagnosticLog
  ) -> DeviceProfile? {
    let before = log.diagnostics.count
    func isSound() -> Bool {
      !log.diagnostics.dropFirst(before).contains { $0.severity == .error }
    }
    guard let root = YAMLDocument.read(source, into: log) else { return nil }
    let profile = read(root, id: id, isSound: isSound)
    return isSound() ? profile : nil
  }

  /// Reads to the end whatever is wrong; what could not be read is left at a default, which is
  /// never seen because the caller then drops the profile.
  private static func read(
    _ root: YAMLNode, id: String, isSound: () -> Bool
  ) -> DeviceProfile {
    var profile = DeviceProfile(
      id: id, maker: "", model: "", serial: nil, defaultUnit: 1, quantities: [])
    // Which keys there are depends on this one.
    if ProfileHeadKeys.isFramed(root) {
      readFramed(Section(root), into: &profile, isSound: isSound)
    } else {
      readModbus(Section(root), into: &profile, isSound: isSound)
    }
    return profile
  }

  private static func readHead(
    _ head: Section<ProfileHeadKeys>, into profile: inout DeviceProfile
  ) {
    _ = head.dialect
    profile.maker = head.maker ?? ""
    profile.model = head.model ?? ""
    profile.summary = head.summary ?? ""
    if let section = head.provenance { profile.provenance = provenance(section) }
    if let section = head.serial { profile.serial = section.settings }
    if let section = head.timing { profile.timing = timing(section) }
  }

  private static func readModbus(
    _ root: Section<ModbusProfileKeys>, into profile: inout DeviceProfile, isSound: () -> Bool
  ) {
    readHead(root.head, into: &profile)
    let addressing = root.addressing ?? .zeroBased
    profile.defaultUnit = UInt8(root.unit ?? 1)
    profile.reservedUnits = (root.reservedUnits ?? []).map { UInt8($0) }
    if let section = root.limits { profile.limits = limits(section, addressing) }
    profile.preparation = (root.preparation ?? []).compactMap { preparationStep($0, addressing) }
    profile.exceptions = (root.exceptions ?? []).compactMap(exceptionMeaning)
    profile.identity = (root.identity ?? []).compactMap { identityCheck($0, addressing) }
    if let entries = root.quantities {
      let reader = ProfileQuantities(addressing: addressing, limits: profile.limits)
      profile.quantities = reader.read(entries, of: root.node(\.quantities))
    }
    if let node = root.watchdog { profile.watchdog = watchdog(node, profile) }
    // Against a profile that is broken, cases would only repeat what was already said.
    let cases = root.cases ?? []
    let proof = isSound() ? profile : nil
    profile.cases = cases.compactMap { ProfileCases.read($0, addressing, proving: proof) }
  }

  private static func readFramed(
    _ root: Section<FramedProfileKeys>, into profile: inout DeviceProfile, isSound: () -> Bool
  ) {
    readHead(root.head, into: &profile)
    profile.line = FramedDocument.read(root)
    let cases = root.cases ?? []
    let proof = isSound() ? profile : nil
    profile.cases = cases.compactMap { ProfileCases.readHeard($0, proving: proof) }
  }

  private static func provenance(_ section: Section<ProvenanceKeys>) -> Provenance {
    Provenance(
      confidence: section.confidence ?? .unchecked, sources: section.sources ?? [],
      unverified: section.unverified ?? [])
  }

  private static func limits(
    _ section: Section<LimitsKeys>, _ addressing: ProfileAddressing
  ) -> ReadLimits {
    ReadLimits(
      maximumRegisters: UInt16(section.registers), maximumBits: UInt16(section.bits),
      maximumHole: UInt16(section.hole),
      forbidden: (section.forbidden ?? []).compactMap { addressing.span($0) },
      evenStart: section.evenStart)
  }

  private static func timing(_ section: Section<TimingKeys>) -> DeviceTiming {
    DeviceTiming(
      responseTimeoutMs: section.responseTimeout, guardMs: section.guardTime,
      minimumPeriodMs: section.minimumPeriod, startupMs: section.startup,
      warmupMs: section.warmup, afterWriteMs: section.afterWrite,
      responseDelayMs: section.responseDelay)
  }

  private static func preparationStep(
    _ step: Section<PreparationStepKeys>, _ addressing: ProfileAddressing
  ) -> SampleTriggerStep? {
    let wait = step.wait ?? 0
    let given = [step.has(\.write), step.has(\.read), step.has(\.send)].filter { $0 }
    guard given.count == 1 else {
      step.node.report(
        expected: both(
          "exactly one of write, read, send", "write, read, send のうち一つだけ"))
      return nil
    }
    var request: SampleTriggerStep.Request?
    if let write = step.write {
      request = addressing.block(write).map {
        .write(table: $0.table, address: $0.address, words: $0.words)
      }
    } else if let read = step.read {
      request = addressing.span(read).map { .read($0) }
    } else {
      request = step.send.map { .other($0) }
    }
    return request.map { SampleTriggerStep(request: $0, waitMs: wait) }
  }

  private static func exceptionMeaning(_ section: Section<ExceptionKeys>) -> ExceptionMeaning? {
    let code = section.code
    let means = section.means
    var retry: UInt32?
    if means == ExceptionKeys.notReady {
      retry = section.retry
      if !section.has(\.retry) { section.reportMissing(\.retry) }
    } else {
      section.refuse(
        \.retry,
        expected: both(
          "means: \(ExceptionKeys.notReady) beside it", "means: \(ExceptionKeys.notReady) との組"))
    }
    guard let code, let means else { return nil }
    let meaning = Fault(rawValue: means).map { ExceptionMeaning.Meaning.fault($0) }
    return ExceptionMeaning(code: UInt8(code), meaning: meaning ?? .notReady(retryMs: retry ?? 0))
  }

  private static func identityCheck(
    _ node: YAMLNode, _ addressing: ProfileAddressing
  ) -> IdentityCheck? {
    if let section = Section<ServerTextKeys>(node, with: \.serverText) {
      return section.serverText.map { .serverText($0) }
    }
    let section = Section<IdentityFieldKeys>(node)
    let field = ProfileQuantities.field(section.field, addressing)
    let accepted = section.accept
    guard let field, let accepted else { return nil }
    return .field(field, mask: .max, accepted: accepted.compactMap { $0.raw(in: field) })
  }

  private static func watchdog(_ node: YAMLNode, _ profile: DeviceProfile) -> String? {
    guard let id = node.string() else { return nil }
    guard profile.quantity(id)?.isWritable == true else {
      node.report(
        expected: LocalizedText(
          english: "the id of a writable quantity", japanese: "書き込み可能な quantity の ID"))
      return nil
    }
    return id
  }
}

extension YAMLNode {
  /// A duration in whole milliseconds, within `range`.
  func milliseconds(in range: ClosedRange<UInt32> = 0...UInt32.max) -> UInt32? {
    guard let span = duration() else { return nil }
    guard span.nanoseconds % 1_000_000 == 0, let ms = UInt32(exactly: span.nanoseconds / 1_000_000)
    else {
      report(expected: both("a whole number of milliseconds", "1 ms の整数倍"))
      return nil
    }
    guard range.contains(ms) else {
      let least = TimeSpan.milliseconds(Int64(range.lowerBound)).written
      let most = TimeSpan.milliseconds(Int64(range.upperBound)).written
      report(expected: both("a duration from \(least) to \(most)", "\(least) 以上 \(most) 以下の時間"))
      return nil
    }
    return ms
  }

  /// Bytes in hexadecimal, two digits each, separated by spaces.
  func hexBytes() -> [UInt8]? {
    let words = scalarText?.split(separator: " ") ?? []
    let bytes = words.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil }
    guard !words.isEmpty, bytes.count == words.count else {
      report(
        expected: LocalizedText(
          english: "bytes in hexadecimal, such as 01 03 00 02",
          japanese: "16 進数のバイト列 (例: 01 03 00 02)"))
      return nil
    }
    return bytes
  }

  /// Raw bits of `field`: a whole number, negative ones in two's complement, or for float types
  /// the number itself.
  func raw(in field: RawField) -> UInt64? {
    if field.type.isFloat {
      return double().flatMap { field.raw(of: $0) }
    }
    let top = field.width >= 63 ? Int.max : (1 << Int(field.width)) - 1
    let bottom = field.type.isSigned && field.bits == nil ? -(top / 2) - 1 : 0
    guard let value = integer(in: bottom...top) else { return nil }
    return UInt64(bitPattern: Int64(value)) & (field.width >= 64 ? .max : UInt64(top))
  }
}
