internal import DetectionCore
internal import GatewayStatus
internal import Polling

/// Shows on the status board how a bus or a line does, with its devices.
struct BusReport {
  private let place: Int
  private let id: String
  private let port: String
  private let deviceIDs: [String]
  private let points: [PointIndex]
  /// The changes of periods that the status shows already.
  private var shownChanges: UInt64 = 0
  /// For each device the changes of what it refuses that the status shows already.
  private var shownRefusals: [UInt64]

  init(_ plan: BusPlan, place: Int) {
    self.place = place
    id = plan.id
    port = plan.link.name
    deviceIDs = plan.devices.map(\.id)
    shownRefusals = deviceIDs.map { _ in 0 }
    points = plan.devices.flatMap(\.points).map(\.point)
  }

  init(_ plan: FramedPlan, place: Int) {
    self.place = place
    id = plan.id
    port = plan.link.name
    deviceIDs = plan.devices.map(\.id)
    shownRefusals = deviceIDs.map { _ in 0 }
    points = plan.devices.flatMap(\.points).map(\.point)
  }

  mutating func show(_ schedule: borrowing some ScheduledBus & ~Copyable, on board: SharedStatus) {
    let counters = schedule.counters
    var periods: [(point: Int, period: TimeSpan)] = []
    if counters.periodChanges != shownChanges {
      shownChanges = counters.periodChanges
      for point in points {
        guard let period = schedule.period(of: point) else { continue }
        periods.append((Int(point.rawValue), period))
      }
    }
    let isOpen = schedule.port == .open
    let openings = schedule.portOpenings
    board.update {
      let shown = ($0.buses[place].isOpen, $0.buses[place].counters.lastFault)
      $0.buses[place].counters = counters
      $0.buses[place].isOpen = isOpen
      $0.buses[place].openings = openings
      for (point, period) in periods { $0.points[point].period = period }
      // Words are made where there is something new to say.
      guard shown != (isOpen, counters.lastFault) else { return }
      let fault = isOpen ? nil : counters.lastFault
      $0.problems["bus \(id)"] = fault.map { GatewayProblem($0, port: port) }
    }
    for device in deviceIDs.indices { show(device, of: schedule, on: board) }
  }

  /// Shows one device; in place, so that nothing is allotted while all is well.
  private mutating func show(
    _ device: Int, of schedule: borrowing some ScheduledBus & ~Copyable, on board: SharedStatus
  ) {
    let health = schedule.health(ofDevice: device)
    let counters = schedule.counters(ofDevice: device)
    board.update {
      let (wasOnline, lastFault) = (
        $0.buses[place].devices[device].health == .online,
        $0.buses[place].devices[device].counters.lastFault
      )
      $0.buses[place].devices[device].health = health
      $0.buses[place].devices[device].counters = counters
      guard (wasOnline, lastFault) != (health == .online, counters.lastFault) else { return }
      let fault = health == .online ? nil : counters.lastFault
      $0.problems["device \(deviceIDs[device])"] = fault.map { GatewayProblem($0, port: port) }
    }
    let refusalChanges = schedule.refusalChanges(ofDevice: device)
    guard refusalChanges != shownRefusals[device] else { return }
    shownRefusals[device] = refusalChanges
    let refused = schedule.refusedReads(ofDevice: device)
    board.update { $0.buses[place].devices[device].refusedReads = refused }
  }
}
