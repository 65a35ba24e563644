import Delivery
import DetectionCore
import Polling
import Testing

@testable import GatewayStatus
@testable import NomoriCommands

/// What is thought of how a running gateway does.
@Suite struct GatewayHealthCheckTests {
  /// A gateway of one bus with one device that runs well, before `change`.
  static func report(_ change: (inout SiteStatus) -> Void = { _ in }) -> SiteStatus {
    let counts = SiteStatus.Counts(requests: 600, answers: 600)
    let device = SiteStatus.Device(
      id: "probe", isLost: false, responseMs: SiteStatus.ResponseTimes(p50: 24, p95: 31, p99: 35),
      recent: counts, total: counts)
    var bus = SiteStatus.Bus(
      id: "field", port: "/dev/nomori/field", isOpen: true, recent: counts,
      total: counts, devices: [device])
    bus.recent.busySeconds = 138
    bus.total.openings = 1
    var report = SiteStatus(
      site: "river", version: "1.2.3", session: 4, time: "2026-04-18T09:00:00.000Z",
      uptimeSeconds: 11_520, windowSeconds: 600,
      buses: [bus],
      points: [
        SiteStatus.Point(
          id: "river.level", value: 1.5, unit: "m", flag: .pass, ageSeconds: 40, periodSeconds: 60)
      ],
      destinations: [
        SiteStatus.Destination(
          id: "local", isConnected: true, broker: "127.0.0.1:1883", mqttVersion: "5",
          waitingEvents: 0, refusedEvents: 0, newestRefused: [], droppedEvents: 0)
      ])
    change(&report)
    return report
  }

  static func findings(
    _ language: Language = .en, _ change: (inout SiteStatus) -> Void = { _ in }
  ) -> [Finding] {
    GatewayHealthCheck(language: language, report: report(change)).findings
  }

  @Test func aGatewayThatRunsWellIsSaidInFigures() {
    let healthCheck = GatewayHealthCheck(language: .en, report: Self.report())
    #expect(
      healthCheck.heading
        == "river: nomori 1.2.3, running for 3 h 12 min; figures of the last 10 min"
    )
    #expect(
      healthCheck.findings.map { "\($0.subject) | \($0.text)" } == [
        "bus field | /dev/nomori/field: load 23 %",
        "probe | 24 ms (95 %: 31 ms, 99 %: 35 ms); 600 requests, none failed",
        "points | 1 of 1 have a value",
        "broker local | connected (127.0.0.1:1883, MQTT 5); 0 events wait",
      ])
    #expect(healthCheck.findings.verdict == .ok)
    #expect(healthCheck.findings.allSatisfy { $0.remedy == nil })
  }

  @Test func aSensorThatSendsByItselfIsHeardAndOneThatWasLeftAloneIsNot() {
    let heard = Self.findings {
      $0.buses[0].devices[0].responseMs = nil
      $0.buses[0].devices[0].recent = SiteStatus.Counts(answers: 1)
    }
    #expect(heard[1].text == "1 message, none failed" && heard[1].verdict == .ok)
    let alone = Self.findings {
      $0.buses[0].devices[0].responseMs = nil
      $0.buses[0].devices[0].recent = SiteStatus.Counts()
    }
    #expect(alone[1].text == "nothing asked or heard in this time" && alone[1].verdict == .ok)
  }

  @Test(arguments: [
    (5 as UInt64, 0 as UInt64, 0 as UInt64, Finding.Verdict.ok, ""),
    (6, 0, 0, .warning, "loose wire"), (0, 6, 0, .warning, "termination"),
    (0, 0, 6, .warning, "compare its model"), (3, 2, 3, .warning, "compare its model"),
  ])
  func oneRequestOfAHundredThatFailsIsWorthALook(
    _ timeouts: UInt64, _ damaged: UInt64, _ exceptions: UInt64, _ verdict: Finding.Verdict,
    _ remedy: String
  ) {
    let device = Self.findings {
      $0.buses[0].devices[0].recent.timeouts = timeouts
      $0.buses[0].devices[0].recent.damaged = damaged
      $0.buses[0].devices[0].recent.exceptions = exceptions
    }[1]
    #expect(device.verdict == verdict)
    #expect(remedy.isEmpty ? device.remedy == nil : device.remedy?.contains(remedy) == true)
  }

  @Test func registersThatADeviceRefusesAreNamed() {
    func refused(_ times: Int) -> [SiteStatus.RefusedPoint] {
      [
        SiteStatus.RefusedPoint(
          id: "river.level", table: "holdingRegister", address: 3, fault: "exception 2",
          times: times, nextSeconds: 34.2)
      ]
    }
    // One alone is told of and nothing to mend; it is asked again in the next sample.
    let once = Self.findings { $0.buses[0].devices[0].refused = refused(1) }[1]
    #expect(once.verdict == .ok)
    let often = Self.findings { $0.buses[0].devices[0].refused = refused(6) }[1]
    #expect(often.verdict == .warning && often.remedy?.contains("compare its model") == true)
    #expect(
      often.text.hasSuffix(
        "none failed; river.level (holding 3) refused 6 times: "
          + "exception 2 (illegal data address), asked again in 34 s"))
    let japanese = Self.findings(.ja) { $0.buses[0].devices[0].refused = refused(6) }[1]
    #expect(japanese.text.contains("river.level（holding 3）は 6 回続けて例外応答 2"))
  }

  @Test func aLostDeviceIsAProblemAndSaysWhy() {
    let lost = Self.findings {
      $0.buses[0].devices[0].isLost = true
      $0.buses[0].devices[0].nextProbeSeconds = 34.7
      $0.buses[0].devices[0].lastFault = "timeout"
    }
    #expect(lost[1].verdict == .problem && lost.verdict == .problem)
    #expect(lost[1].text == "lost: no answer in time; asked again in 34 s")
    let other = Self.findings {
      $0.buses[0].devices[0].isLost = true
      $0.buses[0].devices[0].lastFault = "wrongDevice"
    }
    #expect(other[1].remedy?.contains("identity: ignore") == true)
  }

  @Test func aPortThatIsClosedOrCameBackIsNoticed() {
    let closed = Self.findings {
      $0.buses[0].isOpen = false
      $0.buses[0].lastFault = "portNotFound"
    }[0]
    #expect(closed.verdict == .problem && closed.text == "/dev/nomori/field: no such port")
    let back = Self.findings {
      $0.buses[0].recent.openings = 2; $0.buses[0].total.openings = 5
    }[0]
    #expect(back.verdict == .warning && back.text.contains("opened again 2 times"))
    // The first opening is the start.
    #expect(Self.findings { $0.buses[0].recent.openings = 1 }[0].verdict == .ok)
  }

  @Test func whatIsLateOrOverdueIsNoticed() {
    let late = Self.findings { $0.buses[0].recent.missedDeadlines = 3 }[0]
    #expect(late.verdict == .warning && late.remedy?.contains("check --plan") == true)
    #expect(Self.findings { $0.buses[0].recent.busySeconds = 550 }[0].verdict == .warning)
    let overdue = Self.findings { $0.points[0].ageSeconds = 191 }[2]
    #expect(overdue.verdict == .warning && overdue.text.hasSuffix("overdue: river.level"))
    let never = Self.findings { $0.points[0].ageSeconds = nil }[2]
    #expect(never.verdict == .warning)
    #expect(Self.findings { $0.points[0].ageSeconds = 189 }[2].verdict == .ok)
  }

  @Test func anOutputThatCannotBeReadBackIsNeverCalledConfirmed() {
    let found = Self.findings {
      $0.outputs = [SiteStatus.Output(id: "tower", isOn: true, state: .unverified)]
    }
    let tower = found.filter { $0.subject == "output tower" }
    #expect(tower.map(\.verdict) == [.ok])
    #expect(tower.map(\.text) == ["written on, unverified: the device cannot show it"])
  }

  @Test func whatElseIsWrongIsSaidOnce() {
    let found = Self.findings {
      $0.destinations[0].isConnected = false
      $0.destinations[0].waitingEvents = 7
      $0.outputs = [
        SiteStatus.Output(id: "siren", isOn: true, state: .faulty),
        SiteStatus.Output(id: "lamp", isOn: true, state: .confirmed),
        SiteStatus.Output(id: "sign", isOn: false, state: .pending),
      ]
      $0.problems = [
        "memory": GatewayProblem("memoryNotLocked", "not locked"),
        "bus field": GatewayProblem(.portLost(5), port: "/dev/nomori/field"),
      ]
      $0.lost.readings = 2
    }
    #expect(found.map(\.subject).suffix(4) == ["broker local", "output siren", "memory", "lost"])
    #expect(found[3].text == "not connected; 7 events wait")
    #expect(found.map(\.verdict).suffix(4) == [.problem, .problem, .warning, .warning])
  }

  @Test func eventsThatABrokerRefusesOrThatFoundNoRoomAreSaid() throws {
    let findings = Self.findings {
      $0.destinations[0].refusedEvents = 2
      $0.destinations[0].newestRefused = [
        SiteStatus.Refused(
          id: "river-4-2", reason: "Packet too large", since: "2026-04-18T08:59:30.000Z")
      ]
      $0.destinations[0].droppedEvents = 5
    }
    let refused = try #require(findings.first { $0.subject == "refused river-4-2" })
    #expect(refused.text == "by local since 2026-04-18T08:59:30.000Z: Packet too large")
    let broker = try #require(findings.first { $0.subject == "broker local" })
    #expect(broker.verdict == .warning)
    #expect(broker.text.contains("2 refused") && broker.text.contains("5 dropped"))
    #expect(broker.remedy != nil)
  }

  @Test func whyABrokerOrTheOutboxDoesNotDoAsToldIsSaidInJapanese() {
    let reason = "Connection refused"
    let brokers: [BrokerError] = [
      .badFile(path: "/ca.pem", reason: reason), .badSettings(reason: reason),
      .unreachable(reason: reason), .notTrusted(.expired), .notTrusted(.notYetValid),
      .notTrusted(.wrongName(host: "a.example")), .notTrusted(.unknownAuthority),
      .notTrusted(.other(reason: reason)), .notAuthorized(reason: reason), .versionRefused,
      .closedUnanswered(next: .v311), .dotRefused(topic: "a/b.c"), .refused(reason: reason),
      .lost(reason: reason),
      .notConnected, .congested,
      .badMessage(topic: "a/b", reason: reason),
    ]
    let stores: [FactStoreError] = [
      .folderMissing(path: "/x"), .unwritable(path: "/x", reason: reason), .inUse(path: "/x"),
      .newerVersion(path: "/x"), .readOnly(path: "/x"), .full(path: "/x"),
      .failed(path: "/x", reason: reason), .hung(path: "/x"),
    ]
    let problems = brokers.map { GatewayProblem($0) } + stores.map { GatewayProblem($0) }
    for problem in problems {
      let text = problem.text(in: .ja)
      #expect(text.unicodeScalars.contains { (0x3040...0x309F).contains($0.value) }, "\(problem)")
      #expect(text.hasSuffix(problem.detail.map { "（\($0)）" } ?? ""))
      #expect(problem.text(in: .en) == problem.description)
    }
    #expect(Set(problems.map(\.code)).count == problems.count)
    let link = GatewayProblem(BusFault.portLost(5), port: "/dev/nomori/field")
    #expect(link.text(in: .ja) == "/dev/nomori/field: ポートが失われた（errno 5）")
    let findings = Self.findings(.ja) {
      $0.destinations[0].isConnected = false
      $0.destinations[0].problem = problems[2]
    }
    #expect(findings[3].text.hasPrefix("未接続: ブローカーに届きません（Connection refused）、"))
  }

  @Test func everyFindingIsAlsoSaidInJapanese() {
    let worse: (inout SiteStatus) -> Void = {
      $0.buses[0].devices[0].isLost = true
      $0.buses[0].recent.missedSlots = 1
      $0.points[0].ageSeconds = 1000
      $0.destinations[0].isConnected = false
    }
    let findings = Self.findings(.ja, worse)
    #expect(findings.count == Self.findings(.en, worse).count)
    for finding in findings {
      let text = finding.text + (finding.remedy ?? "。")
      #expect(text.unicodeScalars.contains { (0x3040...0x9FFF).contains($0.value) }, "\(text)")
    }
  }
}
