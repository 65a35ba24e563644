internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import GatewayStatus
internal import LinuxHost
internal import MosquittoClient
internal import Polling
internal import SiteConfiguration

/// `nomori doctor`: whether a machine has what a gateway needs, or how one that runs does.
struct DoctorCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at ports, real-time limits, clock, disk and brokers; say what to do.",
    discussion: """
      nomori doctor               the machine alone
      nomori doctor SITE          and what that site needs of it
      nomori doctor --live SITE   how its running gateway and buses do

      Nothing is sent on a bus, and nothing is changed. On a terminal --live is renewed every \
      second until ^C.
      """)

  @Argument(help: "The site file.")
  var site: String?

  @Flag(help: "Ask the running gateway of the site how its buses and devices do.")
  var live = false

  @Flag(help: "With --live: say it once, also on a terminal.")
  var once = false

  @OptionGroup var output: OutputOptions

  /// A broker far away, reached by radio, answers in this time or is of no use.
  private static let responseTimeout = TimeSpan.seconds(10)

  mutating func validate() throws {
    if live, site == nil { throw ValidationError("--live: expected the site file of the gateway") }
    if once, !live { throw ValidationError("--once: expected --live") }
  }

  mutating func run() throws {
    let site = try site.map { try loadSite($0, language: language) }
    if live {
      guard let site else { return }
      let doctor = LiveDoctor(site: site, format: format, language: language)
      let isWatched = !once && format == .text && terminalColumns != nil
      return try isWatched ? doctor.watch() : doctor.check()
    }
    let healthCheck = HealthCheck(language: language)
    var found: [Finding] = []
    func add(_ finding: Finding) {
      found.append(finding)
      say(finding)
    }
    let present = SerialPortState.present
    if let site {
      for bus in site.buses { add(check(bus, healthCheck, present: present)) }
    } else {
      for path in present {
        add(healthCheck.port("port", SerialPortState(of: path), present: present))
      }
    }
    add(healthCheck.realtime(HostExamination.realtimeRefusal()))
    add(healthCheck.memory(HostExamination.lockRefusal()))
    add(healthCheck.clock(HostClock().wallTime))
    if let site {
      for finding in folders(of: site, healthCheck) { add(finding) }
      for destination in site.destinations {
        for (place, plan) in destination.brokers.enumerated() {
          let subject = "broker \(plan.id)" + (place == 0 ? "" : " \(place + 1)")
          add(healthCheck.broker(subject, plan, problem: brokerProblem(plan)))
        }
      }
    }
    if format == .text { NomoriCommands.say(text.closing(found)) }
    if found.verdict == .problem { throw ExitCode.unavailable }
  }

  private func check(
    _ bus: BusPlan, _ healthCheck: HealthCheck, present: [String]
  ) -> Finding {
    let subject = "bus \(bus.id)"
    if case .serial(let path, _) = bus.link {
      return healthCheck.port(subject, SerialPortState(of: path), present: present)
    }
    return healthCheck.network(
      subject, bus.link.name, fault: HostExamination.refusal(of: bus))
  }

  private func folders(of site: Site, _ healthCheck: HealthCheck) -> [Finding] {
    let outbox = site.outbox.path.split(separator: "/", omittingEmptySubsequences: false)
      .dropLast().joined(separator: "/")
    return [
      healthCheck.folder(
        "recording", FolderState(of: site.recording.folder),
        maximumBytes: site.recording.maximumBytes),
      healthCheck.folder(
        "outbox", FolderState(of: outbox.isEmpty ? "." : outbox),
        maximumBytes: site.outbox.maximumBytes),
    ]
  }

  /// Why a broker cannot be reached with the site's settings; nil where it can.
  private func brokerProblem(_ plan: DestinationPlan) -> String? {
    let clock = HostClock()
    let end = clock.now + Self.responseTimeout
    do throws(BrokerError) {
      // A name of its own: a gateway that runs must not be thrown out.
      var session = try MQTTSession(
        plan: plan, clientID: "nomori-doctor-\(ProcessInfo.processInfo.processIdentifier)",
        will: nil, keepsSession: false)
      try session.connect()
      // One for each version of MQTT.
      var attempts = 1
      while clock.now < end {
        for event in session.poll(milliseconds: 100) {
          switch event {
          case .connected:
            session.disconnect()
            return nil
          case .disconnected(let error?) where error.asksForOtherVersion && attempts < 2:
            attempts += 1
            try session.connect()
          case .disconnected(let error):
            return GatewayProblem(error ?? .notConnected).text(in: language)
          case .acknowledged, .rejected, .message, .subscribed, .subscriptionRefused: break
          }
        }
      }
    } catch {
      return GatewayProblem(error).text(in: language)
    }
    return language.pick("does not answer", "応答がありません")
  }

  private func say(_ finding: Finding) {
    switch format {
    case .json: if let object = try? json(finding) { NomoriCommands.say(object) }
    case .text: for line in text.lines(finding) { NomoriCommands.say(line) }
    }
  }

  private var text: FindingText { FindingText(language: language, columns: terminalColumns) }
}
