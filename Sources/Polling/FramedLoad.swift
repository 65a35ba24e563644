public import DetectionCore
import DeviceProfiles

/// How much of a line's time its sensors take, and how late a sample can be at worst: what can be
/// known before anything is connected. The same reckoning as `BusLoad`, with messages for reads.
///
/// A message is as long as the longest in the profile's cases; one without a case counts without
/// its content. A sensor that is asked is taken to answer after the response delay of its profile; one
/// that sends by itself sends each message at its profile's `minimumPeriod`.
public struct FramedLoad: Sendable {
  /// One message that comes all the time.
  public struct Message: Hashable, Sendable {
    /// The sensor's place in `FramedPlan.devices`.
    public let device: Int
    /// The message's place in the sensor's protocol.
    public let message: Int
    /// What it is read for; empty for what the sensor sends and nobody reads.
    public let points: [PointIndex]
    /// True where it has to be asked for.
    public let isAsked: Bool
    /// Time between two of them, or between the beginnings of two bursts; nil where the profile does
    /// not say how often the sensor sends it.
    public let period: TimeSpan?
    /// How often it is asked for in a period: 1, or the samples of a burst.
    public let samples: Int
    /// How many bytes request and answer have.
    public let bytes: Int
    /// How long each takes the line, with response delay and the silence behind it.
    public let time: TimeSpan
    /// How long after it was due a sample should be complete: until the next is due.
    public let deadline: TimeSpan
    /// How long that takes at worst; nil where the line cannot do it all, and for what comes by itself.
    public fileprivate(set) var worstResponse: TimeSpan?

    /// The part of the line's time that it takes; 1 is all of it.
    public var utilisation: Double {
      period.map { Double(samples) * time.seconds / $0.seconds } ?? 0
    }
    /// How many bytes it has in a second.
    public var bytesPerSecond: Double {
      period.map { Double(samples * bytes) / $0.seconds } ?? 0
    }
  }

  /// All messages, the most frequent of each sensor first.
  public let messages: [Message]
  /// The part of the line's time that they take; above 1 the line cannot carry them.
  public let utilisation: Double
  /// True where what is asked takes no more than `BusLoad.highestUtilisation` and each sample is
  /// complete before the next one is due, and what comes by itself fits onto the line.
  public let isSchedulable: Bool

  /// Works out the load of `plan`.
  public init(plan: FramedPlan) {
    var messages: [Message] = []
    var demands: [BusDemand] = []
    var places: [Int?] = []
    for (index, device) in plan.devices.enumerated() {
      for (message, cadence, points) in device.askedMessages {
        let found = Message(
          device: index, message: message, of: device, points: points, cadence: cadence,
          link: plan.link)
        let place = demands.firstIndex { $0.cadence == cadence } ?? demands.count
        if place == demands.count { demands.append(BusDemand(cadence)) }
        demands[place].add(found.time)
        messages.append(found)
        places.append(place)
      }
      for message in device.line.messages.indices
      where device.line.messages[message].request.isEmpty {
        messages.append(
          Message(device: index, message: message, of: device, cadence: nil, link: plan.link))
        places.append(nil)
      }
    }
    let asked = BusDemands(demands: demands, write: .zero)
    let hasRoom = asked.utilisation <= BusLoad.highestUtilisation
    if hasRoom {
      for index in messages.indices {
        messages[index].worstResponse = places[index].map { asked.worstResponse(of: $0) }
      }
    }
    self.messages = messages
    utilisation = messages.reduce(0) { $0 + $1.utilisation }
    isSchedulable = hasRoom && asked.isSchedulable && utilisation <= 1
  }
}

extension FramedPlan {
  /// As `BusPlan.hasten`.
  public mutating func hasten(_ point: PointIndex, to period: TimeSpan) {
    for device in devices.indices {
      let minimumMs = Int64(devices[device].timing.minimumPeriodMs)
      for place in devices[device].points.indices
      where devices[device].points[place].point == point {
        devices[device].points[place].hasten(to: period, atLeast: .milliseconds(minimumMs))
      }
    }
  }
}

extension FramedDevicePlan {
  /// The messages that points are asked from, by cadence.
  fileprivate var askedMessages: [(message: Int, cadence: Cadence, points: [PointIndex])] {
    var asked: [(message: Int, cadence: Cadence, points: [PointIndex])] = []
    for point in points where !line.messages[point.quantity.message].request.isEmpty {
      let key = (point.quantity.message, Cadence(of: point))
      if let place = asked.firstIndex(where: { ($0.message, $0.cadence) == key }) {
        asked[place].points.append(point.point)
      } else {
        asked.append((key.0, key.1, [point.point]))
      }
    }
    return asked.sorted { $0.cadence.period < $1.cadence.period }
  }
}

extension FramedLoad.Message {
  /// - Parameter cadence: When it is asked for; nil: it comes by itself.
  fileprivate init(
    device: Int, message: Int, of plan: FramedDevicePlan, points: [PointIndex] = [],
    cadence: Cadence?, link: FramedLink
  ) {
    self.device = device
    self.message = message
    let content = plan.examples.filter { $0.message == message }.map(\.content.count).max() ?? 0
    let request = plan.line.messages[message].requestBytes.count
    bytes = request + content + plan.line.framing.overhead
    if let cadence {
      self.points = points
      isAsked = true
      period = cadence.period
      samples = Int(cadence.count)
      deadline = cadence.relativeDeadline
      let waits = plan.timing.responseDelayMs + (plan.timing.guardMs ?? 0)
      time = TimeSpan(
        nanoseconds: link.time(bytes: bytes).nanoseconds
          + TimeSpan.milliseconds(Int64(waits)).nanoseconds)
    } else {
      self.points = plan.points.filter { $0.quantity.message == message }.map(\.point)
      isAsked = false
      let shortest = plan.timing.minimumPeriodMs
      period = shortest == 0 ? nil : .milliseconds(Int64(shortest))
      samples = 1
      deadline = self.period ?? .zero
      time = link.time(bytes: bytes)
    }
  }
}

extension Framing {
  /// The bytes of a frame besides its content, where lines that end with LF have CR before it.
  fileprivate var overhead: Int {
    switch self {
    case .text(let text):
      (text.start == nil ? 0 : 1) + (text.checksumMark == nil ? 0 : 3) + (text.end == 0x0A ? 2 : 1)
    case .binary: 0
    case .veDirect: 1
    }
  }
}
