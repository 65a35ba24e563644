internal import DetectionCore
internal import DeviceProfiles

/// A bus, reached by one of `serial`, `tcp`, `rtuOverTcp` and `rawTcp`.
struct BusKeys: Keys {
  let id = Key("id", .reference)
  let serial = Key(optional: "serial", .section(SerialKeys.self))
  let tcp = Key(optional: "tcp", .section(NetworkKeys.self))
  let rtuOverTcp = Key(optional: "rtuOverTcp", .section(SerialServerKeys.self))
  let rawTcp = Key(optional: "rawTcp", .section(RawServerKeys.self))
  let deadShare = Key(optional: "deadShare", .later(.text))
  let sampleTimes = Key("sampleTimes", .choice(SampleTimes.self), default: .start)
  let devices = Key("devices", .list(of: .section(DeviceKeys.self), 1...247))
}

/// From when on the periods of a bus are counted.
enum SampleTimes: String, CaseIterable {
  case start, clock
}

struct SerialKeys: Keys {
  let port = Key("port", .path)
  let settings = PortSettingsKeys()
  let rs485 = Key(optional: "rs485", .section(TransmitterKeys.self))
}

struct TransmitterKeys: Keys {
  let rtsOnSend = Key("rtsOnSend", .word(["high", "low"]))
  /// The kernel takes at most 100 ms.
  let delayBefore = Key("delayBefore", .milliseconds(0...100), default: 0)
  let delayAfter = Key("delayAfter", .milliseconds(0...100), default: 0)
}

struct NetworkKeys: Keys {
  let host = Key("host", .text)
  let port = Key("port", .port, default: 502)
}

struct SerialServerKeys: Keys {
  let host = Key("host", .text)
  let port = Key("port", .port)
  /// That of the line behind the server, which this machine does not have to be able to set.
  let baud = Key("baud", .integer(300...4_000_000))
  let character = CharacterKeys()
}

struct RawServerKeys: Keys {
  let host = Key("host", .text)
  let port = Key("port", .port)
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
