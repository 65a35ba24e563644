import DetectionCore
import DeviceProfiles

/// What the engine knows of one Modbus unit, besides its link.
struct DeviceState: Sendable {
  let unit: UInt8
  /// What is done when the device is heard for the first time, or again.
  var startup: DeviceStartup
  /// What is done before each sample.
  var preparation: SampleTrigger
  /// What may be written.
  let writable: WriteList
  /// The request that tells whether a lost device is back: for its identity, the shortest read that
  /// is polled, or, where all of them would clear what they read, for what function 17 says, which any
  /// device answers in some way. Nil where nothing is polled.
  let probe: BusRequest?
  /// What exceptions mean by the profile.
  let exceptions: [ExceptionMeaning]
  var reads: DeviceReads

  init(_ plan: DevicePlan, link: Link, start: Instant) throws(BusPlanError) {
    guard case .modbus(let device) = plan.dialect else {
      preconditionFailure("\(plan.id) does not speak Modbus")
    }
    unit = device.unit
    startup = try DeviceStartup(device, id: plan.id)
    preparation = try SampleTrigger(device, id: plan.id)
    var written: [WrittenField] = []
    for output in device.outputs {
      written.append(try WrittenField(output, limits: device.profile.limits))
    }
    writable = WriteList(
      outputs: written, startup: startup, preparation: preparation)
    exceptions = device.profile.exceptions
    reads = try DeviceReads(
      points: plan.points, limits: device.profile.limits,
      cost: TransactionCost(link: link, timing: plan.timing), start: start)
    probe =
      startup.identity ?? reads.shortestRead.map { .read($0) }
      ?? (plan.points.isEmpty ? nil : .serverID)
  }

  /// When what is next for the sample of a group that is being read should be complete.
  func deadline(ofGroup group: Int) -> Instant {
    guard let slot = reads.groups[group].slot, let deadline = reads.groups[group].deadline else {
      return reads.groups[group].nextSlot
    }
    return preparation.deadline(slot: slot, reads: deadline)
  }
}
