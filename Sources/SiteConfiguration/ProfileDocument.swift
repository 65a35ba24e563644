public import DeviceProfiles
internal import Delivery
internal import DetectionCore

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
    profile.maker = root.string("maker") ?? ""
    profile.model = root.string("model") ?? ""
    profile.summary = root.string("summary") ?? ""
    if let node = root.required("provenance") { profile.provenance = provenance(node) }
    if let node = root.optional("protocol"), node.choice(["modbus", "line"]) == "line" {
      readLine(root, into: &profile, isSound: isSound)
      return profile
    }
    let addressing = root.required("addressing")?.choice(ProfileAddressing.self) ?? .zeroBased
    if let node = root.optional("serial") { profile.serial = serial(node) }
    profile.defaultUnit = UInt8(root.integer("unit", in: 1...255) ?? 1)
    if let nodes = root.optional("reservedUnits")?.list() {
      profile.reservedUnits = nodes.compactMap { $0.integer(in: 0...255).map { UInt8($0) } }
    }
    if let node = root.optional("limits") { profile.limits = limits(node, addressing) }
    if let node = root.optional("timing") { profile.timing = timing(node) }
    if let nodes = root.optional("preparation")?.list() {
      profile.preparation = nodes.compactMap { preparationStep($0, addressing) }
    }
    if let nodes = root.optional("exceptions")?.list() {
      profile.exceptions = nodes.compactMap(exceptionMeaning)
    }
    if let nodes = root.optional("identity")?.list() {
      profile.identity = nodes.compactMap { identityCheck($0, addressing) }
    }
    if let node = root.required("quantities") {
      let reader = ProfileQuantities(addressing: addressing, limits: profile.limits)
      profile.quantities = reader.read(node)
    }
    if let node = root.optional("watchdog") { profile.watchdog = watchdog(node, profile) }
    let cases = root.list("cases", counts: 1...1000)
    root.finish()
    // Against a profile that is broken, cases would only repeat what was already said.
    let proof = isSound() ? profile : nil
    profile.cases = (cases ?? []).compactMap { ProfileCases.read($0, addressing, proving: proof) }
    return profile
  }

  /// Reads what follows for a sensor that does not speak Modbus.
  private static func readLine(
    _ root: YAMLNode, into profile: inout DeviceProfile, isSound: () -> Bool
  ) {
    if let node = root.optional("serial") { profile.serial = serial(node) }
    if let node = root.optional("timing") { profile.timing = timing(node) }
    profile.line = FramedDocument.read(root)
    let cases = root.list("cases", counts: 1...1000)
    root.finish()
    let proof = isSound() ? profile : nil
    profile.cases = (cases ?? []).compactMap { ProfileCases.readHeard($0, proving: proof) }
  }

  private static func provenance(_ node: YAMLNode) -> Provenance {
    let confidence = node.required("confidence")?.choice(Provenance.Confidence.self)
    let sources = node.list("sources", counts: 1...100)?.compactMap { $0.string() }
    let unverified = node.optional("unverified")?.list()?.compactMap { $0.string() }
    node.finish()
    return Provenance(
      confidence: confidence ?? .unchecked, sources: sources ?? [], unverified: unverified ?? [])
  }

  private static func serial(_ node: YAMLNode) -> SerialSettings {
    let baud = node.integer("baud", in: 300...1_000_000) ?? 9600
    let parity = node.required("parity")?.choice(SerialSettings.Parity.self) ?? .none
    let stopBits = node.integer("stopBits", in: 1...2) ?? 1
    node.finish()
    return SerialSettings(baud: UInt32(baud), parity: parity, stopBits: UInt8(stopBits))
  }

  private static func limits(_ node: YAMLNode, _ addressing: ProfileAddressing) -> ReadLimits {
    var limits = ReadLimits()
    if let value = node.optional("registers")?.integer(in: 1...125) {
      limits.maximumRegisters = UInt16(value)
    }
    if let value = node.optional("bits")?.integer(in: 1...2000) {
      limits.maximumBits = UInt16(value)
    }
    if let value = node.optional("hole")?.integer(in: 0...124) {
      limits.maximumHole = UInt16(value)
    }
    limits.evenStart = node.optional("evenStart")?.bool() ?? false
    if let nodes = node.optional("forbidden")?.list() {
      limits.forbidden = nodes.compactMap { addressing.span($0) }
    }
    node.finish()
    return limits
  }

  private static func timing(_ node: YAMLNode) -> DeviceTiming {
    var timing = DeviceTiming()
    func read(_ key: String, _ store: (UInt32) -> Void) {
      if let ms = node.optional(key)?.milliseconds() { store(ms) }
    }
    read("responseTimeout") { timing.responseTimeoutMs = $0 }
    read("guard") { timing.guardMs = $0 }
    read("minimumPeriod") { timing.minimumPeriodMs = $0 }
    read("startup") { timing.startupMs = $0 }
    read("warmup") { timing.warmupMs = $0 }
    read("afterWrite") { timing.afterWriteMs = $0 }
    if let ms = node.optional("responseDelay", formerly: "turnaround")?.milliseconds() {
      timing.responseDelayMs = ms
    }
    node.finish()
    return timing
  }

  private static func preparationStep(
    _ node: YAMLNode, _ addressing: ProfileAddressing
  ) -> SampleTriggerStep? {
    let wait = node.required("wait")?.milliseconds() ?? 0
    let write = node.optional("write")
    let read = node.optional("read")
    let send = node.optional("send")
    node.finish()
    let request: SampleTriggerStep.Request?
    switch (write, read, send) {
    case (let write?, nil, nil):
      request = addressing.block(write).map {
        .write(table: $0.table, address: $0.address, words: $0.words)
      }
    case (nil, let read?, nil): request = addressing.span(read).map { .read($0) }
    case (nil, nil, let send?): request = send.hexBytes().map { .other($0) }
    default:
      node.report(
        expected: LocalizedText(
          english: "exactly one of write, read, send", japanese: "write, read, send のうち一つだけ"))
      request = nil
    }
    return request.map { SampleTriggerStep(request: $0, waitMs: wait) }
  }

  private static func exceptionMeaning(_ node: YAMLNode) -> ExceptionMeaning? {
    let code = node.integer("code", in: 1...255)
    let means = node.required("means")?.choice(["not-ready"] + Fault.allCases.map(\.rawValue))
    let retry = means == "not-ready" ? node.required("retry")?.milliseconds() : nil
    node.finish()
    guard let code, let means else { return nil }
    let meaning = Fault(rawValue: means).map { ExceptionMeaning.Meaning.fault($0) }
    return ExceptionMeaning(code: UInt8(code), meaning: meaning ?? .notReady(retryMs: retry ?? 0))
  }

  private static func identityCheck(
    _ node: YAMLNode, _ addressing: ProfileAddressing
  ) -> IdentityCheck? {
    if let text = node.optional("serverText") {
      node.finish()
      return text.string().map { .serverText($0) }
    }
    let field = ProfileQuantities.field(node, addressing)
    let accepted = node.list("accept", counts: 1...100)
    node.finish()
    guard let field, let accepted else { return nil }
    let raws = accepted.compactMap { $0.raw(in: field) }
    return .field(field, mask: .max, accepted: raws)
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
  /// A duration in whole milliseconds.
  func milliseconds() -> UInt32? {
    guard let span = duration() else { return nil }
    guard span.nanoseconds % 1_000_000 == 0, let ms = UInt32(exactly: span.nanoseconds / 1_000_000)
    else {
      report(
        expected: LocalizedText(
          english: "a whole number of milliseconds", japanese: "1 ms の整数倍"))
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
