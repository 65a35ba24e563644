internal import Alerting
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import RelayStore

/// What boxes are told through one broker: that somebody knows of their alarms. A box does none twice.
struct BoxCommands: BrokerMessages {
  let plan: DestinationPlan
  /// The name that the boxes' lists of operators have for the relay.
  let relay: String
  let store: RelayStore
  let stop: StopFlag
  let say: @Sendable (LocalizedText) -> Void

  func waiting() -> [(name: String, message: MQTTMessage)] {
    let oldest = EventIntake.now.nanoseconds - RelayLimits.commandLife.nanoseconds
    let commands = insist(stop, say) { () throws(RelayStoreError) in
      try store.commands(of: plan.id, since: oldest)
    }
    return (commands ?? []).compactMap { command, made in
      message(command, made: made).map { (command.id, $0) }
    }
  }

  private func message(_ command: BoxCommand, made: Int64) -> MQTTMessage? {
    let expires = WallTime(
      nanosecondsSince1970: made + RelayLimits.commandLife.nanoseconds, synchronized: true)
    var payload = CommandPayload(
      id: command.id, operator: relay, alarm: command.alarm, output: nil, comment: nil,
      seconds: nil, once: nil, event: command.event)
    payload.expires = CivilTime(expires).timestamp
    guard let bytes = try? JSONEncoder().encode(payload) else { return nil }
    return MQTTMessage(
      topic: plan.topics(of: command.site).command(CommandKind.acknowledge.rawValue),
      payload: Array(bytes),
      label: PayloadLabel(schema: "nomori/command/2", site: command.site, mode: .actual))
  }

  func settle(_ name: String, refusal: String?) {
    if let refusal {
      say(
        both(
          "broker \(plan.id) refuses a command: \(refusal)",
          "ブローカー \(plan.id) が指令を拒否：\(refusal)"))
    }
    insist(stop, say) { () throws(RelayStoreError) in
      try store.settle(command: name, of: plan.id)
    }
  }
}
