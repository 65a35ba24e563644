import Delivery
import DetectionCore
import LinuxHost
import MosquittoClient
import Testing

@Suite(
  "Several brokers of one destination", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct SeveralBrokersTests {
  @Test("The second is spoken to while the first is gone, and the first again once it has answered")
  func failOverAndReturn() throws {
    let first = try PrivateBroker()
    let second = try PrivateBroker()
    var plan = DestinationPlan.local(first)
    plan.fallbacks = [BrokerAddress(host: "127.0.0.1", port: second.port)]
    var pace = BrokerChoice.Pace()
    pace.trialInterval = .milliseconds(50)
    var watcher = try DrivenSession(.local(second), "watcher")
    try watcher.connect()
    try watcher.subscribe(to: "nomori/#")
    var client = try DrivenSession(
      plan, "s", will: .sample("nomori/site/status", "lost"), keepsSession: false, pace: pace)
    try client.connect()
    try client.deliver(.sample("nomori/a", "1"))
    #expect(client.session.currentBroker == 0)

    first.kill()
    try client.wait { if case .disconnected = $0 { true } else { false } }
    var attempts = 0
    while client.session.currentBroker == 0, attempts < 10 {
      attempts += 1
      #expect(try client.failureOfConnecting() != nil)
    }
    #expect(attempts == 2 && client.session.currentBroker == 1)
    try client.connect()
    try client.deliver(.sample("nomori/a", "2"))
    #expect(try watcher.message().text == "2")
    // The first does not answer, so nothing moves.
    for _ in 0..<20 { #expect(client.session.poll(milliseconds: 10) == []) }
    #expect(client.session.currentBroker == 1)

    try first.start()
    try client.wait { $0 == .disconnected(nil) }
    #expect(client.session.currentBroker == 0)
    try client.connect()
    try client.deliver(.sample("nomori/a", "3"))
    // Those who listen at the second learn that we are gone.
    #expect(try watcher.message().text == "lost")
  }
}
