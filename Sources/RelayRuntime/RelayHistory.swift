public import Alerting
internal import RelayStore

/// One incident, and what became of the mails that told of it.
public struct RelayHistory: Sendable {
  /// How many mails one person was sent of it.
  public struct Person: Hashable, Codable, Sendable {
    /// The person's id.
    public var person: String
    /// Mails that the server has.
    public var sent = 0
    /// Mails that wait.
    public var pending = 0
    /// Mails that were refused, or that nobody took in time.
    public var givenUp = 0
  }

  /// The incident.
  public var incident: Incident
  /// Who was told, in that order.
  public var people: [Person]

  /// Reads the newest incidents of the store at `path`, beside the relay that writes it.
  public static func read(_ path: String, limit: Int) throws -> [RelayHistory] {
    let store = try RelayStore(reading: path)
    return try store.incidents(limit: limit).map { incident in
      var people = incident.told.map { Person(person: $0.person) }
      for mail in try store.notifications(of: incident.id) {
        guard let index = people.firstIndex(where: { $0.person == mail.person }) else { continue }
        switch mail.state {
        case .pending: people[index].pending += 1
        case .sent: people[index].sent += 1
        case .givenUp: people[index].givenUp += 1
        }
      }
      return RelayHistory(incident: incident, people: people)
    }
  }
}
