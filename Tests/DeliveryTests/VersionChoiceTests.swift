import Delivery
import Testing

@Suite("Which MQTT is spoken")
struct VersionChoiceTests {
  @Test("5 is asked for first, and kept when it works")
  func five() {
    var choice = VersionChoice()
    #expect(choice.next == .v5 && choice.proven == nil)
    choice.connected()
    #expect(choice.next == .v5 && choice.proven == .v5)
  }

  @Test("A refusal is believed at once; silence only the second time")
  func threeOneOne() {
    var refused = VersionChoice()
    refused.refused()
    #expect(refused.next == .v311)
    refused.connected()
    #expect(refused.proven == .v311)

    var silent = VersionChoice()
    silent.closedUnanswered()
    #expect(silent.next == .v311)
    silent.connected()
    #expect(silent.next == .v5 && silent.proven == nil)
    silent.closedUnanswered()
    silent.connected()
    #expect(silent.next == .v311 && silent.proven == .v311)
  }

  @Test("A proxy that closes while its broker of MQTT 5 restarts does not take 5 away for good")
  func proxy() {
    for closings in 0..<20 {
      var choice = VersionChoice(proven: .v5)
      for _ in 0..<closings { choice.closedUnanswered() }
      // The broker is back, and takes both versions; a few connections later 5 is spoken again,
      // unless it was passed over in silence again and again.
      choice.connected()
      if closings < 4 { #expect(choice.proven == .v5) }
      #expect(choice.proven != nil || choice.next == .v5)
    }
  }

  @Test("A broker that was exchanged is found again, whichever it speaks")
  func exchanged() {
    for proven in ProtocolVersion.allCases {
      let wanted: ProtocolVersion = proven == .v5 ? .v311 : .v5
      var choice = VersionChoice(proven: proven)
      var attempts = 0
      while choice.next != wanted {
        choice.closedUnanswered()
        attempts += 1
      }
      #expect(attempts == 4)
      choice.connected()
      #expect(choice.next == .v5 || choice.proven == .v311)
    }
  }
}
