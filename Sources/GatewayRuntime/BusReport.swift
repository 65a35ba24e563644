internal import DetectionCore
internal import GatewayStatus
internal import Polling

/// Shows on the status board how a bus does, with its devices.
struct BusReport {
  private let index: Int
  private let id: String
  private let port: String
  private let deviceIDs: [String]
  private let points: [PointIndex]
  /// The changes of periods that the status shows already.
  private var shownChanges: UInt64 = 0
  /// For each device the changes of what it refuses that the status shows already.
  private var shownRefusals: [UInt64]

  init(_ plan: BusPlan, index: Int) {
    self.index = index
    id = plan.id
    port = plan.link.name
    deviceIDs = plan.devices.map(\.id)
    shownRefusals = deviceIDs.map { _ in 0 }
    points = plan.devices.flatMap(\.points).map(\.point)
  }

  mutating func show(_ engine: borrowing BusEngine, on board: SharedStatus) {
    let counters = engine.counters
    var periods: [(point: Int, period: TimeSpan)] = []
    if counters.periodChanges != shownChanges {
      shownChanges = counters.periodChanges
      for point in points {
        guard let period = engine.period(of: point) else { continue }
        periods.append((Int(point.rawValue), period))
      }
    }
    let isOpen = engine.port == .open
    let openings = engine.portOpenings
    board.update {
      let shown = ($0.buses[index].isOpen, $0.buses[index].counters.lastFault)
      $0.buses[index].counters = counters
      $0.buses[index].isOpen = isOpen
      $0.buses[index].openings = openings
      for (point, period) in periods { $0.points[point].period = period }
      // Words are made where there is something new to say.
      guard shown != (isOpen, counters.lastFault) else { return }
      let fault = isOpen ? nil : counters.lastFault
      $0.problems["bus \(id)"] = fault.map { GatewayProblem($0, port: port) }
    }
    for device in deviceIDs.indices { show(device, of: engine, on: board) }
  }

  /// Shows one device; in place, so that nothing is allotted while all is well.
  private mutating func show(
    _ device: Int, of engine: borrowing BusEngine, on board: SharedStatus
  ) {
    let health = engine.health(ofDevice: device)
    let counters = engine.counters(ofDevice: device)
    board.update {
      let (wasOnline, lastFault) = (
        $0.buses[index].devices[device].health == .online,
        $0.buses[index].devices[device].counters.lastFault
      )
      $0.buses[index].devices[device].health = health
      $0.buses[index].devices[device].counters = counters
      guard (wasOnline, lastFault) != (health == .online, counters.lastFault) else { return }
      let fault = health == .online ? nil : counters.lastFault
      $0.problems["device \(deviceIDs[device])"] = fault.map { GatewayProblem($0, port: port) }
    }
    let refusalChanges = engine.refusalChanges(ofDevice: device)
    guard refusalChanges != shownRefusals[device] else { return }
    shownRefusals[device] = refusalChanges
    let refused = engine.refusedReads(ofDevice: device)
    board.update { $0.buses[index].devices[device].refusedReads = refused }
  }
}
