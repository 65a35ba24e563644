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
      boars.people == [
        "farmer-abe", "farmer-cole", "farmer-tanaka", "hunter-ito", "hunter-watanabe",
      ])
    #expect(
      boars.escalation == [Route.EscalationStep(after: .seconds(900), people: ["office-mori"])])
    #expect(relay.mail.security == .startTLS && relay.mail.port == 587)
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
      ("id: hunter-ito", "id: farmer-abe", "that no other person or group has"),
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
