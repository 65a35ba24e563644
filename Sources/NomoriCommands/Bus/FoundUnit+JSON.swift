internal import DetectionCore
internal import DeviceProfiles
internal import Polling

extension FoundUnit {
  /// A unit that a scan found, for programs.
  struct JSON: Encodable {
    struct Guess: Encodable {
      var profile: String
      var recognised: Bool
    }
    var unit: UInt8
    /// Absent over TCP.
    var line: SerialSettings.JSON?
    var responseMs: Double
    /// What it answered to function code 17.
    var serverText: String?
    var guesses: [Guess]

    init(_ found: FoundUnit) {
      unit = found.unit
      line = found.line.map(SerialSettings.JSON.init)
      responseMs = found.responseTime.seconds * 1000
      serverText = found.serverText
      guesses = found.guesses.map {
        Guess(profile: $0.profile, recognised: $0.strength == .recognised)
      }
    }
  }
}
