internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Commissioning
internal import Polling

extension LiveReading {
  /// What a device showed when it was read once, for programs.
  struct JSON: Encodable {
    var id: String
    var value: Double?
    var unit: String
    var label: String?
    var flag: String
    var problem: String?
    var responseMs: Double?
    var ageSeconds: Double?
    var derivedFrom: String?
    var table: String?
    var address: UInt16?
    var words: [UInt16]?

    init(_ reading: LiveReading, port: String, examinedAt: Instant? = nil) {
      id = reading.id
      value = reading.value.isFinite ? reading.value : nil
      unit = reading.unit
      label = reading.quantity?.label(for: reading.value)
      flag = Language.en.flag(reading.flag)
      problem = reading.remark?.text(port: port, unit: reading.unit, in: .en)
      ageSeconds = examinedAt.flatMap { reading.age(at: $0)?.seconds }
      responseMs = reading.responseTime.map { $0.seconds * 1000 }
      derivedFrom = reading.source
      table = reading.quantity?.span.table.word
      address = reading.quantity?.span.address
      words = reading.quantity == nil ? nil : reading.words
    }
  }
}
