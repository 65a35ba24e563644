public import Alerting
internal import RelayStore

/// One incident, and what became of all that told of it.
public struct RelayHistory: Sendable {
  /// How much one recipient was told of it.
  public struct Recipient: Hashable, Codable, Sendable {
    /// The recipient's id.
    public var recipient: String
    /// What the other side has.
    public var sent = 0
    /// What waits.
    public var pending = 0
    /// What was refused, or that nobody took in time.
    public var givenUp = 0
  }

  /// The incident.
  public var incident: Incident
  /// Who was told, in that order.
  public var recipients: [Recipient]

  /// Reads the newest incidents of the store at `path`, beside the relay that writes it.
  public static func read(_ path: String, limit: Int) throws -> [RelayHistory] {
    let store = try RelayStore(reading: path)
    return try store.incidents(limit: limit).map { incident in
      var recipients = incident.told.map { Recipient(recipient: $0.recipient) }
      for told in try store.notifications(of: incident.id) {
        guard let index = recipients.firstIndex(where: { $0.recipient == told.recipient }) else {
          continue
        }
        switch told.state {
        case .pending: recipients[index].pending += 1
        case .sent: recipients[index].sent += 1
        case .givenUp: recipients[index].givenUp += 1
        }
      }
      return RelayHistory(incident: incident, recipients: recipients)
    }
  }
}
