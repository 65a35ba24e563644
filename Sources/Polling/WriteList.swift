import DeviceProfiles

/// The writes that a device may ever get, value and all: to its outputs, and what its profile's
/// preparation and its site's fail-safe time ask for. Nothing else is written by the engine.
struct WriteList: Sendable {
  private let outputs: [WrittenField]
  private let requests: [BusRequest]

  init(outputs: [WrittenField], startup: DeviceStartup, preparation: SampleTrigger) {
    self.outputs = outputs
    let all = startup.steps.map(\.request) + preparation.steps.map(\.request)
    requests = all.filter(\.isWrite)
  }

  /// True for what may be sent: any read, and the writes of the list.
  func permits(_ request: BusRequest) -> Bool {
    !request.isWrite || requests.contains(request) || outputs.contains { $0.permits(request) }
  }
}
