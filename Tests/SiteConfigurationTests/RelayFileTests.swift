import Alerting
import Delivery
import DetectionCore
import Foundation
import Testing

@testable import SiteConfiguration

@Suite("The relay's file")
struct RelayFileTests {
  /// The whole file that docs/relay.md shows.
  private static func example() throws -> String {
    let page = try KeyDeclarationTests.text("docs/relay.md")
    let start = try #require(page.range(of: "```yaml relay.yaml\n"))
    let end = try #require(page.range(of: "\n```", range: start.upperBound..<page.endIndex))
    return String(page[start.upperBound..<end.lowerBound]) + "\n"
  }

  /// The page's example with its webhooks and announcements, all of which a route leads to.
  private static func services() throws -> String {
    let page = try KeyDeclarationTests.text("docs/relay.md")
    let start = try #require(page.range(of: "```yaml services\n"))
    let end = try #require(page.range(of: "\n```", range: start.upperBound..<page.endIndex))
    return try example().replacing(
      "to: [farmers, hunters]",
      with:
        "to: [farmers, hunters-line, office-slack, office-teams, farmers-ntfy, duty-desk, orchard-horn]"
    )
      + page[start.upperBound..<end.lowerBound] + "\n"
  }

  private func messages(_ text: String) -> [String] {
    do {
      return try SiteConfiguration.load(relay: SourceText(name: "relay.yaml", text: text))
        .warnings.map { $0.rendered() }
    } catch {
      return error.diagnostics.map { $0.rendered() }
    }
  }

  @Test("The page's example is good, and means what it says")
  func example() throws {
    let text = SourceText(name: "relay.yaml", text: try Self.example())
    let (relay, warnings) = try SiteConfiguration.load(relay: text)
    #expect(warnings == [])
    #expect(relay.plan.zone == LocalZone(rule: TimeZoneRule(offsetSeconds: 32_400), name: "JST"))
    let boars = try #require(relay.plan.routes.first)
    #expect(boars.sites == ["wildlife-hinata"])
    #expect(
      boars.recipients == [
        "farmer-abe", "farmer-cole", "farmer-tanaka", "hunter-ito", "hunter-watanabe",
      ])
    #expect(
      boars.escalation == [Route.EscalationStep(after: .seconds(900), recipients: ["office-mori"])])
    #expect(relay.mail?.security == .startTLS && relay.mail?.port == 587)
  }

  @Test("Webhooks and announcements are recipients like people")
  func recipients() throws {
    let text = SourceText(name: "relay.yaml", text: try Self.services())
    let (relay, warnings) = try SiteConfiguration.load(relay: text)
    #expect(warnings == [])
    let boars = try #require(relay.plan.routes.first)
    #expect(boars.recipients.suffix(2) == ["duty-desk", "orchard-horn"])
    let line = try #require(relay.plan.recipient("hunters-line"))
    #expect(line.name == "猟友会" && line.webhook?.url == "https://api.line.me/v2/bot/message/push")
    let ntfy = try #require(relay.plan.recipient("farmers-ntfy")?.webhook)
    #expect(ntfy.url == "https://ntfy.town.example/" && ntfy.target == "hinata-boars")
    #expect(
      relay.plan.recipient("orchard-horn")?.announcement
        == Announcement(broker: "office", topic: "town/horns/orchard", validity: .seconds(600)))
  }

  @Test("Where another program tells people, the file needs none, nor mail, nor routes")
  func nobody() throws {
    let text = try Self.example()
    let end = try #require(text.range(of: "\nmail:\n"))
    let (relay, warnings) = try SiteConfiguration.load(
      relay: SourceText(name: "relay.yaml", text: String(text[..<end.lowerBound])))
    #expect(warnings == [] && relay.mail == nil && relay.plan.routes.isEmpty)
  }

  @Test("People need a mail server")
  func noServer() throws {
    let text = try Self.example()
    let begin = try #require(text.range(of: "\nmail:\n"))
    let end = try #require(text.range(of: "\nacknowledgement:\n"))
    let said = messages(text.replacingCharacters(in: begin.lowerBound..<end.lowerBound, with: ""))
    #expect(said.contains { $0.contains("mail") && $0.contains("a value for mail") }, "\(said)")
  }

  @Test(
    "A mistake of a service is named, and no address with it",
    arguments: [
      (
        "https://hooks.slack.com/services", "http://hooks.slack.com/services",
        "begins with https://"
      ),
      ("https://hooks.slack.com/", "http://localhost@hooks.slack.com/", "begins with https://"),
      ("https://hooks.slack.com/", "https:///", "begins with https://"),
      ("    to: C4af4980629f1b2d3e4f5a6b7c8d9e0f1\n", "", "a value for to"),
      ("    secretFile: /etc/nomori/line.token\n", "", "a value for secretFile"),
      ("    secretFile: /etc/nomori/desk.secret\n", "", "a value for secretFile"),
      (
        "https://ntfy.town.example/hinata-boars", "https://ntfy.town.example/",
        "the address of a topic"
      ),
      ("https://ntfy.town.example/hinata-boars", "https://hinata-boars", "the address of a topic"),
      (
        "template: slack\n", "template: slack\n    secretFile: /x\n",
        "no secretFile: the url is the secret"
      ),
      ("template: slack\n", "template: slack\n    to: x\n", "with the template line only"),
      ("template: teams", "template: team", "did you mean \"teams\"?"),
      ("broker: office", "broker: offices", "did you mean \"office\"?"),
      ("topic: town/horns/orchard", "topic: town/#", "topic levels without"),
      ("    escalation:\n", "    digest: 10 min\n    escalation:\n", "as its end would wait too"),
      ("    url: https://desk.town.example/nomori\n", "", "a value for url"),
      ("id: duty-desk", "id: farmer-abe", "that no other recipient has"),
    ])
  func services(_ old: String, _ new: String, _ expected: String) throws {
    let text = try Self.services()
    let wrong = text.replacing(old, with: new, maxReplacements: 1)
    #expect(wrong != text)
    let said = messages(wrong)
    #expect(said.contains { $0.contains(expected) }, "\(said)")
    #expect(!said.contains { $0.contains("slack.com") || $0.contains("ntfy.town") }, "\(said)")
  }

  @Test("This machine may be asked without TLS")
  func loopback() throws {
    for host in ["localhost:9000", "127.0.0.1", "[::1]:80"] {
      let text = try Self.services().replacing("https://hooks.slack.com/", with: "http://\(host)/")
      #expect(messages(text) == [])
    }
  }

  @Test(
    "A mistake is named with its line and what was expected",
    arguments: [
      ("to: [farmers, hunters]", "to: [farmers, hunter]", "did you mean \"hunters\"?"),
      ("areas: [orchards]", "areas: [orchard]", "did you mean \"orchards\"?"),
      ("after: 15 min", "after: 15", "a duration with its unit"),
      ("security: startTLS", "security: starttls", "did you mean \"startTLS\"?"),
      ("security: startTLS", "security: none", "mails hold addresses"),
      ("    digest: 30 min", "    digests: 30 min", "did you mean \"digest\"?"),
      ("  passwordFile: /etc/nomori/mail.password\n", "", "username and passwordFile together"),
      ("passwordFile: /etc/nomori/mail.password", "password: x", "no secret in this file"),
      ("id: hunter-ito", "id: farmer-abe", "that no other recipient has"),
      ("timeZone: JST-9", "timeZone: Tokyo", "an offset such as"),
      ("kinds: [sensor, box]", "kinds: [sensors]", "did you mean \"sensor\"?"),
    ])
  func mistakes(_ old: String, _ new: String, _ expected: String) throws {
    let text = try Self.example()
    let wrong = text.replacing(old, with: new, maxReplacements: 1)
    #expect(wrong != text)
    let said = messages(wrong)
    #expect(said.contains { $0.contains(expected) }, "\(said)")
    #expect(said.allSatisfy { $0.wholeMatch(of: /relay\.yaml:\d+:\d+: .+/) != nil })
  }

  @Test("What is wrong with an address is said without it")
  func secretAddress() throws {
    let said = messages(try Self.example().replacing(" abe@example.jp", with: " abe example.jp"))
    #expect(said.count == 1)
    #expect(said.first?.contains("people[0].mail: … — expected a mail address") == true, "\(said)")
  }

  @Test("Steps of an escalation follow each other")
  func stepsInOrder() throws {
    let text = try Self.example().replacing(
      "- {after: 15 min, to: [office-mori]}",
      with: "- {after: 15 min, to: [office-mori]}\n      - {after: 5 min, to: [hunters]}")
    #expect(messages(text).contains { $0.contains("steps with growing times") })
  }

  @Test("A zone is called what its text calls it")
  func zoneNames() {
    let names = ["Z", "+09:00", "JST-9", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0530>-5:30"].map {
      TimeZoneText($0).names
    }
    #expect(names == [["UTC"], ["UTC+09:00"], ["JST"], ["CET", "CEST"], ["+0530"]])
  }

  @Test("A time in summer bears the summer's name")
  func summer() throws {
    let text = try Self.example().replacing(
      "timeZone: JST-9", with: "timeZone: \"CET-1CEST,M3.5.0,M10.5.0/3\"")
    let relay = try SiteConfiguration.load(relay: SourceText(name: "r", text: text)).relay
    #expect(relay.plan.zone.name == "CET" && relay.plan.zone.summerName == "CEST")
  }
}
