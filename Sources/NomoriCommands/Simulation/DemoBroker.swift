internal import Delivery
internal import SimulatedSite

/// The demo's broker: comes back when somebody ends it, and is away for as long as was asked.
final class DemoBroker {
  /// When the broker is killed and for how long, in seconds.
  struct Outage {
    var at: Double
    var length: Double
  }

  /// Its port on 127.0.0.1.
  let port: UInt16
  private let folder: String
  private let outage: Outage?
  private var broker: PrivateBroker?

  init(folder: String, port: UInt16?, outage: Outage?) throws {
    self.folder = folder
    self.outage = outage
    let broker = try PrivateBroker(folder: folder, port: port)
    self.broker = broker
    self.port = broker.port
  }

  /// What the demo publishes here: everything in the native format, and beside it what `planned` speaks other
  /// formats.
  func destinations(insteadOf planned: [DestinationPlan]) -> [DestinationPlan] {
    let native = DestinationPlan(id: "demo", host: "127.0.0.1", port: port, operators: ["demo"])
    let others = planned.filter { $0.format != .native || !$0.observations.isEmpty }.map { plan in
      DestinationPlan(
        id: plan.id, host: native.host, port: port, topicRoot: plan.topicRoot,
        idSeparator: plan.idSeparator, operators: native.operators, format: plan.format,
        hasLiveValues: plan.hasLiveValues, observations: plan.observations)
    }
    return [native] + others
  }

  /// Kills or restarts the broker as the plan and the moment demand.
  func step(at seconds: Double) {
    if let outage, seconds >= outage.at, seconds < outage.at + outage.length {
      broker?.kill()
      broker = nil
    } else {
      ensureRunning()
    }
  }

  /// Starts the broker again if it is not there; where that fails, the next call tries again.
  func ensureRunning() {
    if broker?.isRunning != true { broker = try? PrivateBroker(folder: folder, port: port) }
  }

  /// Ends it.
  func stop() { broker?.stop() }
}
