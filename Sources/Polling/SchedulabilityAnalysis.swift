import DetectionCore
import DeviceProfiles

/// What a plan gives its bus to do, and which devices may read points of different periods together.
///
/// Both the schedule and what is said of it before it runs (`BusLoad`) come from here, so that what
/// was checked is what runs.
///
/// **Sharing.** Groups of a device that are due at the same moment may be read by one set of reads.
/// That promotes work of a late deadline to an early one and makes reads longer, so all samples of
/// such a device count as due within the shortest time that one of its groups allows, with the work
/// of reading each group by itself (together it is never more), and with the longest read that any
/// of its points can share. If the bus is still schedulable that way, it is when they are read
/// together, too; otherwise devices read their groups apart again, one after the other, in the order
/// of the plan, until it is. Longer periods make nothing worse; while a rule asks for shorter ones,
/// all devices read apart (`DeviceReads.isWithinPlan`).
///
/// **SampleTrigger.** Each sample comes with the requests that prepare it. What the waits behind
/// these leave of a sample's time is cut into equal parts, for each request and for the reads: each
/// has its own deadline (`SampleTrigger`), as if it were due when the one before it has to be
/// complete. It is often possible earlier, which is the demand's `releaseJitter`.
struct SchedulabilityAnalysis {
  /// All devices as they are at the start, none of them sharing.
  let devices: [DeviceState]
  /// The longest that an output takes to be written and read back; zero where there is none.
  let write: TimeSpan

  /// - Throws: `BusPlanError` for the first thing that the bus cannot serve.
  init(plan: BusPlan, start: Instant) throws(BusPlanError) {
    var devices: [DeviceState] = []
    var write = TimeSpan.zero
    for device in plan.devices {
      let state = try DeviceState(device, link: plan.link, start: start)
      for output in device.outputs {
        write = max(write, state.reads.cost.write(output.quantity.span))
      }
      devices.append(state)
    }
    self.devices = devices
    self.write = write
  }

  /// True where the bus keeps all deadlines with these devices sharing.
  func isSchedulable(_ shares: [Bool]) -> Bool {
    let demands = demands(shares).all
    return demands.utilisation <= BusLoad.highestUtilisation && demands.isSchedulable
  }

  /// True where the bus keeps all deadlines with no device sharing.
  var isSchedulable: Bool { isSchedulable(devices.map { _ in false }) }

  /// Which devices read groups of points together that are due at the same moment.
  var sharing: [Bool] {
    let candidates = devices.indices.filter { devices[$0].reads.gainsBySharing }
    func shares(_ first: Int) -> [Bool] {
      devices.indices.map { candidates[first...].contains($0) }
    }
    guard !candidates.isEmpty, isSchedulable else { return devices.map { _ in false } }
    if isSchedulable(shares(0)) { return shares(0) }
    // How many must go, by halving: with each that goes, the demands become less.
    var tooFew = 0
    var enough = candidates.count
    while tooFew + 1 < enough {
      let middle = (tooFew + enough) / 2
      if isSchedulable(shares(middle)) { enough = middle } else { tooFew = middle }
    }
    return shares(enough)
  }

  /// The demands on the bus; and for each group of each device the places of its demands, one for
  /// each part of a sample.
  func demands(_ shares: [Bool]) -> (all: BusDemands, places: [[[Int]]]) {
    var demands: [BusDemand] = []
    // Those that others with the same cadence and deadline are added to.
    var common: [Int] = []
    var places: [[[Int]]] = []
    for (device, isSharing) in zip(devices, shares) {
      var reads = device.reads
      reads.shares = isSharing
      var placesOfGroups: [[Int]] = []
      for group in reads.groups.indices {
        let parts = device.demands(ofGroup: group, reads)
        if parts.count == 1,
          let known = common.first(where: { demands[$0].isLike(parts[0]) })
        {
          demands[known].add(
            work: parts[0].work, longest: parts[0].longest, shortest: parts[0].shortest)
          placesOfGroups.append([known])
          continue
        }
        if parts.count == 1 { common.append(demands.count) }
        placesOfGroups.append(Array(demands.count..<demands.count + parts.count))
        demands += parts
      }
      places.append(placesOfGroups)
    }
    return (BusDemands(demands: demands, write: write), places)
  }

  /// From the moment at which a sample is due to its last answer at worst, for each group of each
  /// device.
  func worstResponses(_ shares: [Bool]) -> [[TimeSpan]] {
    let (demands, places) = demands(shares)
    var known = [TimeSpan?](repeating: nil, count: demands.demands.count)
    return zip(devices, places).map { device, groups in
      groups.map { parts in
        if parts.count == 1, let response = known[parts[0]] { return response }
        // Each part is possible when the one before it is complete and its wait is over.
        var sum: Int64 = 0
        var response: Int64 = 0
        for (part, place) in parts.enumerated() {
          let deadline = Int64(part + 1) * demands.demands[place].deadline.nanoseconds - sum
          let worst = demands.worstResponse(
            of: place, deadline: TimeSpan(nanoseconds: max(0, deadline)))
          sum += worst.nanoseconds
          response += worst.nanoseconds
          if part < device.preparation.steps.count {
            response += device.preparation.steps[part].wait.nanoseconds
          }
        }
        if parts.count == 1 { known[parts[0]] = TimeSpan(nanoseconds: response) }
        return TimeSpan(nanoseconds: response)
      }
    }
  }
}

extension BusDemand {
  fileprivate func isLike(_ other: BusDemand) -> Bool {
    cadence == other.cadence && deadline == other.deadline
  }
}

extension DeviceReads {
  /// True where reading all groups together takes the bus for a shorter time than one by one, and
  /// so where reading any of them together may.
  var gainsBySharing: Bool {
    guard groups.count > 1 else { return false }
    let apart = groups.indices.reduce(0) { $0 + time(of: reads(ofGroup: $1)).nanoseconds }
    return time(of: reads(of: groups.map { _ in true })).nanoseconds < apart
  }

  /// The reads of one group by itself.
  func reads(ofGroup group: Int) -> [ReadBlock] {
    reads(of: groups.indices.map { $0 == group })
  }

  func time(of blocks: [ReadBlock]) -> TimeSpan {
    TimeSpan(nanoseconds: blocks.reduce(0) { $0 + cost.time(.read($1.span)).nanoseconds })
  }
}

extension DeviceState {
  /// How long the requests that prepare a sample take the bus.
  var preparationTime: TimeSpan {
    TimeSpan(
      nanoseconds: preparation.steps.reduce(0) {
        $0 + reads.cost.time($1.request).nanoseconds
      })
  }

  /// What the samples of a group are for the bus: the requests that prepare one, and its reads.
  fileprivate func demands(ofGroup group: Int, _ reads: DeviceReads) -> [BusDemand] {
    let cadence = reads.groups[group].grid.cadence
    let part = preparation.partOfDeadline(reads.relativeDeadline(ofGroup: group))
    var demands: [BusDemand] = []
    for (place, step) in preparation.steps.enumerated() {
      var demand = BusDemand(cadence, deadline: part, releaseJitter: part * place)
      demand.add(reads.cost.time(step.request))
      demands.append(demand)
    }
    var demand = BusDemand(cadence, deadline: part, releaseJitter: part * preparation.steps.count)
    let blocks = reads.reads(ofGroup: group)
    let times = blocks.map { reads.cost.time(.read($0.span)) }
    demand.add(
      work: reads.time(of: blocks), longest: times.max() ?? .zero, shortest: times.min() ?? .zero)
    if reads.shares {
      let all = reads.groups.indices.reduce(0) {
        $0 + reads.time(of: reads.reads(ofGroup: $1)).nanoseconds
      }
      demand.longest = min(reads.longestRead, TimeSpan(nanoseconds: all))
      if let shortest = reads.shortestRead { demand.shortest = reads.cost.time(.read(shortest)) }
    }
    demands.append(demand)
    return demands
  }
}

extension TransactionCost {
  /// How long it takes to write a coil or register and to read it back.
  fileprivate func write(_ span: RegisterSpan) -> TimeSpan {
    let request: BusRequest =
      span.table.isBits
      ? .writeCoil(address: span.address, on: true)
      : .writeRegister(address: span.address, value: 1)
    return TimeSpan(nanoseconds: time(request).nanoseconds + time(.read(span)).nanoseconds)
  }
}

extension TimeSpan {
  static func * (span: TimeSpan, count: Int) -> TimeSpan {
    TimeSpan(nanoseconds: span.nanoseconds * Int64(count))
  }
}
