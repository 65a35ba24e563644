import DetectionCore
import DeviceProfiles

/// How far the settings of a sensor have been sent.
struct FramedSetup: Sendable {
  private let settings: [FramedSetting]
  private var next = 0
  private var isWithStored = true

  init(_ settings: [FramedSetting]) { self.settings = settings }

  /// Begins anew: with all settings when the port was opened; without those that the sensor keeps
  /// when nothing was heard of it.
  mutating func restart(withStored: Bool) {
    isWithStored = withStored
    next = 0
    skipStored()
  }

  /// The setting that is to be sent, if one is left.
  var due: FramedSetting? { next < settings.count ? settings[next] : nil }

  /// True where a setting is to be sent.
  var isDue: Bool { next < settings.count }

  /// The setting that is to be sent, which then has been.
  mutating func take() -> FramedSetting? {
    guard let setting = due else { return nil }
    next += 1
    skipStored()
    return setting
  }

  private mutating func skipStored() {
    while !isWithStored, isDue, settings[next].isStored { next += 1 }
  }
}
