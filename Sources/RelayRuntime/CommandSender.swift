internal import Alerting
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import LinuxHost
internal import MosquittoClient
internal import RelayStore

/// Tells boxes through one broker that somebody knows of their alarms; a command is done when the broker has it.
struct CommandSender {
  let plan: DestinationPlan
  /// The name that the boxes' lists of operators have for the relay.
  let relay: String
  let store: RelayStore
  let stop: StopFlag
  let say: @Sendable (LocalizedText) -> Void
  /// What the broker has not acknowledged.
  private var unacknowledged: [PacketNumber: String] = [:]
  /// The count of commands when the store was looked into last; nil before the first time in a connection.
  private var seen: Int?

  init(
    plan: DestinationPlan, relay: String, store: RelayStore, stop: StopFlag,
    say: @escaping @Sendable (LocalizedText) -> Void
  ) {
    self.plan = plan
    self.relay = relay
    self.store = store
    self.stop = stop
    self.say = say
  }

  /// The connection is a new one: what was not acknowledged is sent again, which boxes know by its id.
  mutating func begin() {
    unacknowledged = [:]
    seen = nil
  }

  /// Sends what waits, where there may be more than before.
  mutating func send(over session: inout MQTTSession, count: Int) {
    guard seen != count else { return }
    let now = EventIntake.now
    let oldest = now.nanoseconds - RelayLimits.commandLife.nanoseconds
    let waiting =
      insist(store, stop, say) { store throws(RelayStoreError) in
        try store.commands(of: plan.id, since: oldest)
      } ?? []
    for (command, made) in waiting where !unacknowledged.values.contains(command.id) {
      let expires = WallTime(
        nanosecondsSince1970: made + RelayLimits.commandLife.nanoseconds, synchronized: true)
      var payload = CommandPayload(
        id: command.id, operator: relay, alarm: command.alarm, output: nil, comment: nil,
        seconds: nil, once: nil, event: command.event)
      payload.expires = CivilTime(expires).timestamp
      guard let bytes = try? JSONEncoder().encode(payload) else { continue }
      let topic = plan.topics(of: command.site).command(CommandKind.acknowledge.rawValue)
      let label = PayloadLabel(schema: "nomori/command/2", site: command.site, mode: .actual)
      do throws(BrokerError) {
        let packet = try session.publish(
          MQTTMessage(topic: topic, payload: Array(bytes), label: label))
        unacknowledged[packet] = command.id
      } catch {
        // The network takes no more: the rest with the next poll.
        return
      }
    }
    seen = count
  }

  /// The broker has a command, or will never have it.
  mutating func settle(_ packet: PacketNumber) {
    guard let id = unacknowledged.removeValue(forKey: packet) else { return }
    insist(store, stop, say) { store throws(RelayStoreError) in
      try store.settle(command: id, of: plan.id)
    }
  }
}
