internal import DeviceProfiles

extension DeviceProfile {
  /// A device in a list, for programs.
  struct Summary: Encodable {
    var id: String
    var maker: String
    var model: String
    var summary: String
    var confidence: String

    init(_ profile: DeviceProfile) {
      id = profile.id
      maker = profile.maker
      model = profile.model
      summary = profile.summary
      confidence = profile.provenance.confidence.rawValue
    }
  }

  /// What a profile says, as `nomori devices --format json` writes it.
  struct JSON: Encodable {

    struct Span: Encodable {
      var table: String
      var address: UInt16
      var count: UInt16

      init(_ span: RegisterSpan) {
        table = span.table.word
        address = span.address
        count = span.count
      }
    }

    struct Limits: Encodable {
      var registers: UInt16
      var bits: UInt16
      var hole: UInt16
      var evenStart: Bool
      var forbidden: [Span]
    }

    /// All in milliseconds.
    struct Timing: Encodable {
      var responseTimeout: UInt32
      var `guard`: UInt32?
      var minimumPeriod: UInt32
      var startup: UInt32
      var warmup: UInt32
      var afterWrite: UInt32
      var responseDelay: UInt32
    }

    struct Provenance: Encodable {
      var confidence: String
      var sources: [String]
      var unverified: [String]
    }

    var id: String
    var maker: String
    var model: String
    var summary: String
    var provenance: Provenance
    /// Absent for devices that are reached over TCP only.
    var serial: SerialSettings.JSON?
    /// Absent, like the limits, for sensors that do not speak Modbus.
    var unit: UInt8?
    var reservedUnits: [UInt8]
    var limits: Limits?
    var timing: Timing
    /// The steps before a reading, exceptions and identity checks, in words.
    var preparation: [String]
    var exceptions: [String]
    var identity: [String]
    var watchdog: String?
    var quantities: [ProfileQuantity.JSON]
    /// Those of a sensor that does not speak Modbus.
    var lineQuantities: [FramedQuantity.JSON]?

    init(_ profile: DeviceProfile) {
      id = profile.id
      maker = profile.maker
      model = profile.model
      summary = profile.summary
      provenance = Provenance(
        confidence: profile.provenance.confidence.rawValue, sources: profile.provenance.sources,
        unverified: profile.provenance.unverified)
      serial = profile.serial.map(SerialSettings.JSON.init)
      let isModbus = profile.line == nil
      unit = isModbus ? profile.defaultUnit : nil
      reservedUnits = profile.reservedUnits
      limits =
        isModbus
        ? Limits(
          registers: profile.limits.maximumRegisters, bits: profile.limits.maximumBits,
          hole: profile.limits.maximumHole, evenStart: profile.limits.evenStart,
          forbidden: profile.limits.forbidden.map(Span.init)) : nil
      let timing = profile.timing
      self.timing = Timing(
        responseTimeout: timing.responseTimeoutMs, guard: timing.guardMs,
        minimumPeriod: timing.minimumPeriodMs, startup: timing.startupMs,
        warmup: timing.warmupMs, afterWrite: timing.afterWriteMs,
        responseDelay: timing.responseDelayMs)
      let phrases = DevicePhrases(language: .en)
      preparation = profile.preparation.map(phrases.step)
      exceptions = profile.exceptions.map(phrases.exception)
      identity = profile.identity.map(phrases.identity)
      watchdog = profile.watchdog
      quantities = profile.quantities.map { ProfileQuantity.JSON($0, phrases) }
      lineQuantities = profile.line?.quantities.map(FramedQuantity.JSON.init)
    }
  }
}
