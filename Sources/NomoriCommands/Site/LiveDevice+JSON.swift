internal import Commissioning
internal import Polling

extension LiveDevice {
  /// A device that was read once, for programs.
  struct JSON: Encodable {
    var bus: String
    var port: String
    var device: String
    /// Absent for devices that do not speak Modbus, as is the profile.
    var unit: UInt8?
    var profile: String?
    var identity: String
    var identityIgnored: Bool
    var problem: String?
    var points: [LiveReading.JSON]
    var outputs: [LiveReading.JSON]

    init(_ device: LiveDevice) {
      bus = device.bus
      port = device.port
      self.device = device.id
      unit = device.unit
      profile = device.profile
      identity =
        switch device.identity {
        case .confirmed: "confirmed"
        case .mismatch: "mismatch"
        case .unknown: "unknown"
        }
      identityIgnored = device.ignoresIdentity
      problem = device.portFault?.explanation(port: device.port)
      points = device.readings.map {
        LiveReading.JSON($0, port: device.port, examinedAt: device.examinedAt)
      }
      outputs = device.outputs.map { LiveReading.JSON($0, port: device.port) }
    }
  }
}
