import DetectionCore

/// What waits to be sent to one destination, and what of it goes first: the site's status, what its format
/// announces, alarm states, events oldest first, observations, what the format renews, and only while none of
/// these waits, the newest value of each point.
struct OutgoingQueue {
  /// One thing on its way.
  enum Item {
    case status
    case announcement(MQTTMessage)
    case alarm(Int)
    case fact(OutgoingFact)
    case renewal(MQTTMessage)
    case point(Int)
  }

  /// A fact on its way: its messages are sent one after the other.
  struct OutgoingFact {
    var entry: OutboxEntry
    /// The index of the message to be sent next.
    var part = 0
    /// How often the broker refused it.
    var refusals = 0
  }

  private struct Slot<Content> {
    var content: Content?
    var isDue = false
  }

  private(set) var format: any PayloadFormat
  private var status: Slot<ConnectionState>
  /// True until what the format announces was asked for.
  private var isAnnouncementDue = false
  private var announcements: [MQTTMessage] = []
  private var renewals: [MQTTMessage] = []
  private var alarms: [Slot<AlarmState>]
  private var points: [Slot<AssessedReading>]
  /// The point at which the search for a due value begins, so that none is starved.
  private var firstPoint = 0
  /// Events and gaps that were read from the outbox and are not sent, oldest first.
  private(set) var facts: [OutgoingFact] = []
  /// Observations that were read from the outbox and are not sent, in the order of sending.
  private(set) var observations: [OutgoingFact] = []

  init(format: any PayloadFormat, site: SiteDescription, online: ConnectionState) {
    self.format = format
    status = Slot(content: online)
    alarms = Array(repeating: Slot(), count: site.rules.count)
    points = Array(repeating: Slot(), count: site.points.count)
  }

  var isStatusDue: Bool { status.isDue }
  var hasValues: Bool { points.contains(where: \.isDue) }

  func isDue(_ point: PointIndex) -> Bool { points[Int(point.rawValue)].isDue }

  /// The status is to be said, this one or as it was.
  mutating func sayStatus(_ state: ConnectionState? = nil) {
    if let state { status.content = state }
    status.isDue = true
  }

  /// Everything is to be said from the beginning.
  mutating func introduce() {
    sayStatus()
    isAnnouncementDue = true
    announcements.removeAll()
    sayAlarms()
  }

  /// Something that the format wants to hear has come.
  mutating func take(_ message: ReceivedMessage) {
    if format.take(message) { introduce() }
  }

  /// True while something that was announced waits.
  var hasAnnouncements: Bool { isAnnouncementDue || !announcements.isEmpty }

  /// The message that was taken last has gone out.
  mutating func published() { format.published() }

  /// The broker has all that was announced.
  mutating func announced() { format.announced() }

  /// What the format is to remember, where that has changed since.
  mutating func changedMemory() -> [UInt8]? { format.changedMemory() }

  /// What the broker publishes when the gateway is cut off.
  mutating func will() -> MQTTMessage { format.will() }

  /// Every alarm's state is to be said again, where `condition` holds.
  mutating func sayAlarms(where condition: (AlarmState) -> Bool = { _ in true }) {
    for index in alarms.indices {
      if let state = alarms[index].content, condition(state) { alarms[index].isDue = true }
    }
  }

  mutating func setAlarm(_ state: AlarmState) {
    precondition(alarms.indices.contains(state.rule), "rule \(state.rule) of \(alarms.count)")
    alarms[state.rule] = Slot(content: state, isDue: true)
  }

  /// Takes the newest value of a point; false where it takes the place of one that was not sent.
  mutating func setPoint(_ assessed: AssessedReading) -> Bool {
    let index = Int(assessed.reading.point.rawValue)
    precondition(points.indices.contains(index), "point \(index) of \(points.count)")
    defer { points[index] = Slot(content: assessed, isDue: true) }
    return !points[index].isDue
  }

  mutating func append(_ entries: [OutboxEntry]) {
    facts.append(contentsOf: entries.map { OutgoingFact(entry: $0) })
  }

  mutating func append(observations entries: [OutboxEntry]) {
    observations.append(contentsOf: entries.map { OutgoingFact(entry: $0) })
  }

  /// True while an alarm is raised: then the newest observations go first.
  var hasRaisedAlarm: Bool {
    alarms.contains { ($0.content?.snapshot.stage ?? 0) > 0 }
  }

  /// True where something goes before facts.
  var isUrgent: Bool { status.isDue || hasAnnouncements || alarms.contains(where: \.isDue) }

  /// The most urgent thing that has to arrive.
  mutating func next(at moment: SendingMoment, withFacts mayTellFacts: Bool) -> Item? {
    if status.isDue { return .status }
    if isAnnouncementDue {
      isAnnouncementDue = false
      announcements = format.announcements(at: moment)
    }
    if let announcement = announcements.first { return .announcement(announcement) }
    if let rule = alarms.firstIndex(where: \.isDue) { return .alarm(rule) }
    return mayTellFacts ? facts.first.map(Item.fact) : nil
  }

  /// What the format renews; to be asked for once all facts are told.
  mutating func nextRenewal(at moment: SendingMoment) -> Item? {
    if renewals.isEmpty, let time = format.nextRenewalNs,
      time <= moment.now.nanosecondsSince1970
    {
      renewals = format.renewals(at: moment)
    }
    return renewals.first.map(Item.renewal)
  }

  /// The next point whose value is due.
  func nextPoint() -> Item? {
    let due = points[firstPoint...].firstIndex(where: \.isDue)
    return (due ?? points[..<firstPoint].firstIndex(where: \.isDue)).map(Item.point)
  }

  /// Takes `item` out and writes its message; nil where the format has none for it.
  mutating func take(_ item: Item, at moment: SendingMoment) -> MQTTMessage? {
    switch item {
    case .status:
      status.isDue = false
      return status.content.map { format.status($0, at: moment) }
    case .announcement(let message):
      announcements.removeFirst()
      return message
    case .renewal(let message):
      renewals.removeFirst()
      return message
    case .alarm(let rule):
      alarms[rule].isDue = false
      return alarms[rule].content.flatMap { format.message(of: $0, at: moment) }
    case .point(let point):
      points[point].isDue = false
      firstPoint = point + 1
      return points[point].content.flatMap { format.point($0, at: moment) }
    case .fact(let fact):
      return fact.entry.fact.isObservation
        ? take(fact, of: \.observations, at: moment) : take(fact, of: \.facts, at: moment)
    }
  }

  /// Takes the next message of the first fact of a list; the fact is in front until its last one is taken.
  private mutating func take(
    _ fact: OutgoingFact, of list: WritableKeyPath<Self, [OutgoingFact]>, at moment: SendingMoment
  ) -> MQTTMessage? {
    var fact = fact
    self[keyPath: list].removeFirst()
    let entry = fact.entry
    let messages = format.messages(of: entry.fact, isDurable: entry.isDurable, at: moment)
    guard fact.part < messages.count else { return nil }
    let message = messages[fact.part]
    fact.part += 1
    if fact.part < messages.count { self[keyPath: list].insert(fact, at: 0) }
    return message
  }

  /// Makes `items` due again; their order is the order of sending, and facts go in front, from their
  /// first message on.
  mutating func putBack(_ items: [Item]) {
    var again: [OutgoingFact] = []
    var announcedAgain: [MQTTMessage] = []
    var renewedAgain: [MQTTMessage] = []
    for item in items {
      switch item {
      case .status: status.isDue = true
      case .announcement(let message): announcedAgain.append(message)
      case .renewal(let message): renewedAgain.append(message)
      case .alarm(let rule): alarms[rule].isDue = true
      case .point(let point): points[point].isDue = true
      case .fact(var fact):
        let position = fact.entry.position
        fact.part = 0
        guard !again.contains(where: { $0.entry.position == position }) else { continue }
        forget(position)
        again.append(fact)
      }
    }
    facts.insert(contentsOf: again.filter { !$0.entry.fact.isObservation }, at: 0)
    observations.insert(contentsOf: again.filter { $0.entry.fact.isObservation }, at: 0)
    announcements.insert(contentsOf: announcedAgain, at: 0)
    renewals.insert(contentsOf: renewedAgain, at: 0)
  }

  /// The rest of a fact is not sent any more.
  mutating func forget(_ position: OutboxPosition) {
    facts.removeAll { $0.entry.position == position }
    observations.removeAll { $0.entry.position == position }
  }

  /// True where a message of the fact at `position` is still to be sent.
  func holds(_ position: OutboxPosition) -> Bool {
    facts.contains { $0.entry.position == position }
      || observations.contains { $0.entry.position == position }
  }
}
