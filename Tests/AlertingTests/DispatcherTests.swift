@testable import Alerting
import Delivery
import DetectionCore
import Testing

@Suite("Who is told what, and when")
struct DispatcherTests {
  private func dispatcher(_ routes: [Route]) throws -> Dispatcher {
    Dispatcher(plan: try plan(routes), incidents: [], lines: [], sites: [])
  }

  @Test("A trouble is told from its beginning to its end, to the same people")
  func beginningToEnd() throws {
    var box = Box()
    var dispatcher = try dispatcher([Route(id: "r", recipients: ["a", "b"])])
    var told = dispatcher.receive(box.event("raised", level: 1), at: at(0)).told
    told += dispatcher.receive(box.event("raised", level: 2), at: at(1)).told
    told += dispatcher.receive(box.event("cleared", level: 1), at: at(2)).told
    told += dispatcher.receive(box.event("reminded", level: 1), at: at(3)).told
    told += dispatcher.receive(box.event("acknowledged", level: 1, by: "sato"), at: at(4)).told
    told += dispatcher.receive(box.event("cleared", level: 0), at: at(5)).told
    let reasons = ["raised", "raised", "eased", "reminded", "acknowledged", "over"]
    #expect(told == reasons.flatMap { ["\($0) a", "\($0) b"] })
    let deadline = dispatcher.nextDeadline
    #expect(deadline == nil)
  }

  @Test("Routes lead by site, alarm, stage, priority and mode; the first to a person counts")
  func routes() throws {
    var dispatcher = try dispatcher([
      Route(id: "site", sites: ["river-*"], recipients: ["a"]),
      Route(id: "alarm", alarms: ["trap"], recipients: ["b"]),
      Route(id: "stage", fromStage: 2, recipients: ["c"]),
      Route(id: "priority", fromPriority: .high, recipients: ["d"]),
    ])
    var orchard = Box()
    var river = Box("river-nagi")
    var trial = Box("trial", mode: .test)
    let decisions = [
      dispatcher.receive(orchard.event("raised", level: 1), at: at(0)),
      dispatcher.receive(river.event("raised", level: 1), at: at(0)),
      dispatcher.receive(orchard.event("raised", alarm: "trap", level: 1), at: at(0)),
      dispatcher.receive(orchard.event("raised", alarm: "x", level: 2), at: at(0)),
      dispatcher.receive(
        orchard.event("raised", alarm: "y", level: 1, priority: .high), at: at(0)),
      dispatcher.receive(trial.event("raised", level: 2, priority: .critical), at: at(0)),
    ]
    #expect(
      decisions.map(\.told) == [[], ["raised a"], ["raised b"], ["raised c"], ["raised d"], []])
  }

  @Test("What stands when somebody's hours begin is told then, unless it is known by then")
  func hours() throws {
    let night = ActivePeriod(fromMinute: 13 * 60, toMinute: 20 * 60)
    let route = Route(id: "r", period: night, recipients: ["a"])
    for isKnown in [false, true] {
      var box = Box()
      var dispatcher = try dispatcher([route])
      let raised = box.event("raised", level: 1)
      #expect(dispatcher.receive(raised, at: at(0)).told == [])
      if isKnown { _ = dispatcher.acknowledge(raised.id, seen: raised.id, by: "sato", at: at(1)) }
      var told: [String] = []
      var now = at(0)
      while let next = dispatcher.nextDeadline, next < at(90) {
        #expect(next > now)
        now = next
        let decision = dispatcher.advance(to: now)
        if !decision.told.isEmpty { #expect(now == at(60)) }
        told += decision.told
      }
      #expect(told == (isKnown ? [] : ["standing a"]))
      // Out of hours again: whoever was told is told the end.
      let end = dispatcher.receive(box.event("cleared", level: 0), at: at(600))
      #expect(end.told == (isKnown ? [] : ["over a"]))
    }
  }

  @Test("Others are told step by step until somebody has acknowledged", arguments: [0, 1, 2])
  func escalation(acknowledgedAfter steps: Int) throws {
    var box = Box()
    let route = Route(
      id: "r", recipients: ["a"],
      escalation: [
        Route.EscalationStep(after: .seconds(600), recipients: ["b"]),
        Route.EscalationStep(after: .seconds(1200), recipients: ["c", "a"]),
      ])
    var dispatcher = try dispatcher([route])
    let raised = box.event("raised", level: 1)
    var told = dispatcher.receive(raised, at: at(0)).told
    for step in 0..<2 {
      if step == steps {
        told += dispatcher.acknowledge(raised.id, seen: raised.id, by: "a", at: at(9)).told
      }
      #expect(dispatcher.advance(to: at(Double(step) * 10 + 9.9)).told == [])
      told += dispatcher.advance(to: at(Double(step) * 10 + 10)).told
    }
    let all = [["raised a"], ["escalated b"], ["escalated c", "escalated a"]]
    let known = [["acknowledged a"], ["acknowledged a", "acknowledged b"], []]
    #expect(told == Array(all.prefix(steps + 1)).flatMap(\.self) + known[steps])
    let deadline = dispatcher.nextDeadline
    #expect(deadline == nil)
    // Nobody who was called in is forgotten at the end.
    let end = dispatcher.receive(box.event("cleared", level: 0), at: at(30)).told
    #expect(end == [["over a"], ["over a", "over b"], ["over a", "over b", "over c"]][steps])
  }

  @Test("A higher stage is not acknowledged by what was said of a lower one")
  func worseAfterAcknowledging() throws {
    var box = Box()
    let step = Route.EscalationStep(after: .seconds(60), recipients: ["b"])
    var dispatcher = try dispatcher([Route(id: "r", recipients: ["a"], escalation: [step])])
    let raised = box.event("raised", level: 1)
    _ = dispatcher.receive(raised, at: at(0))
    let known = dispatcher.acknowledge(raised.id, seen: raised.id, by: "a", at: at(0.5))
    #expect(known.commands.map(\.event) == [raised.id])
    #expect(dispatcher.advance(to: at(5)).told == [])
    #expect(dispatcher.receive(box.event("raised", level: 2), at: at(6)).told == ["raised a"])
    #expect(dispatcher.advance(to: at(7)).told == ["escalated b"])
    // Whoever has seen only the first mail does not know of it.
    #expect(dispatcher.acknowledge(raised.id, seen: raised.id, by: "a", at: at(8)).isEmpty)
  }

  @Test("More mails than an hour may have travel together, and the urgent ones at once")
  func cap() throws {
    var dispatcher = try dispatcher([Route(id: "r", recipients: ["a"], mostPerHour: 2)])
    var box = Box()
    var told: [[String]] = []
    for minute in 0..<4 {
      let event = box.event("raised", alarm: "alarm-\(minute)", level: 1)
      told.append(dispatcher.receive(event, at: at(Double(minute))).told)
    }
    let urgent = box.event("raised", alarm: "flood", level: 1, priority: .critical)
    told.append(dispatcher.receive(urgent, at: at(5)).told)
    #expect(told == [["raised a"], ["raised a"], [], [], ["raised a"]])
    #expect(dispatcher.nextDeadline == at(60))
    // The urgent one counts as well: there is room when the second of the three is an hour old.
    #expect(dispatcher.advance(to: at(60)).told == [])
    #expect(dispatcher.nextDeadline == at(61))
    #expect(dispatcher.advance(to: at(61)).told == ["raised+raised a"])
  }

  @Test("A digest, and a flood, gather what is not urgent")
  func digest() throws {
    var dispatcher = try dispatcher([
      Route(id: "r", alarms: ["slow"], recipients: ["a"], digest: .seconds(1800)),
      Route(id: "s", recipients: ["b"]),
    ])
    var box = Box()
    let flood = ReceivedEvent.Marks(flood: true)
    #expect(
      dispatcher.receive(box.event("raised", alarm: "slow", level: 1), at: at(0)).told == [
        "raised b"
      ])
    #expect(
      dispatcher.receive(box.event("raised", alarm: "x", level: 1, marks: flood), at: at(1)).told
        == [])
    #expect(dispatcher.receive(box.event("cleared", alarm: "x", level: 0), at: at(2)).told == [])
    #expect(dispatcher.advance(to: at(6)).told == ["raised+over b"])
    #expect(
      dispatcher.receive(box.event("cleared", alarm: "slow", level: 0), at: at(7)).told == [
        "over b"
      ])
    #expect(dispatcher.advance(to: at(30)).told == ["raised+over a"])
  }

  @Test("A silenced alarm calls nobody; when it is taken up again it does")
  func silenced() throws {
    var dispatcher = try dispatcher([Route(id: "r", recipients: ["a"])])
    var box = Box()
    let silenced = ReceivedEvent.Marks(silenced: true)
    #expect(
      dispatcher.receive(box.event("raised", level: 1, marks: silenced), at: at(0)).told == [])
    let deadline = dispatcher.nextDeadline
    #expect(deadline == nil)
    #expect(dispatcher.receive(box.event("unshelved", level: 1), at: at(9)).told == ["reminded a"])
  }

  @Test("An event that only a state tells of is told after a while, and not again when it comes")
  func substitutes() throws {
    var dispatcher = try dispatcher([Route(id: "r", recipients: ["a"])])
    var box = Box()
    let raised = box.event("raised", level: 1)
    _ = dispatcher.receive(box.state(level: 1, last: 1), isKnown: false, at: at(0))
    #expect(dispatcher.advance(to: at(0.1)).told == [])
    // Telling it again does not put it off.
    _ = dispatcher.receive(box.state(level: 1, last: 1), isKnown: false, at: at(0.15))
    #expect(dispatcher.nextDeadline == at(1.0 / 6))
    let decision = dispatcher.advance(to: at(1.0 / 6))
    #expect(decision.told == ["raised a"])
    #expect(decision.substitutes == [raised.id])
    // The store knows it now; were it asked for again, it would be the same notification.
    let ids = decision.notifications.map(\.id)
    var other = try self.dispatcher([Route(id: "r", recipients: ["a"])])
    #expect(other.receive(raised, at: at(0)).notifications.map(\.id) == ids)
    // One that comes in time is told as it is.
    _ = other.receive(box.state(level: 0, last: 2), isKnown: false, at: at(1))
    let cleared = box.event("cleared", level: 0)
    #expect(other.receive(cleared, at: at(1.1)).told == ["over a"])
    #expect(other.advance(to: at(5)).told == [])
  }

  @Test("An event that is older than what is known changes nothing")
  func oldNews() throws {
    var dispatcher = try dispatcher([Route(id: "r", recipients: ["a"])])
    var box = Box()
    let first = box.event("raised", level: 1)
    let second = box.event("raised", level: 2)
    #expect(dispatcher.receive(second, at: at(0)).told == ["raised a"])
    #expect(dispatcher.receive(first, at: at(1)).told == [])
    #expect(dispatcher.receive(box.event("cleared", level: 0), at: at(2)).told == ["over a"])
  }

  @Test("A box that stays away is told, and when it is back; a short absence is not")
  func boxes() throws {
    var dispatcher = try dispatcher([Route(id: "r", kinds: [.box], recipients: ["a"])])
    let box = Box()
    _ = dispatcher.receive(box.status(isOnline: true), at: at(0))
    _ = dispatcher.receive(box.status(isOnline: false), at: at(1))
    _ = dispatcher.receive(box.status(isOnline: true), at: at(3))
    #expect(dispatcher.advance(to: at(9)).told == [])
    var ids: Set<String> = []
    for start in [10.0, 30.0] {
      _ = dispatcher.receive(box.status(isOnline: false), at: at(start))
      #expect(dispatcher.nextDeadline == at(start + 5))
      let decision = dispatcher.advance(to: at(start + 5))
      #expect(decision.told == ["raised a"])
      ids.formUnion(decision.notifications.map(\.id))
      let back = dispatcher.receive(box.status(isOnline: true), at: at(start + 10))
      #expect(back.told == ["over a"])
      ids.formUnion(back.notifications.map(\.id))
    }
    #expect(ids.count == 4)
  }
}
