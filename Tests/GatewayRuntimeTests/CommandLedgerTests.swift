import Delivery
import Testing

@testable import GatewayRuntime

@Suite struct CommandLedgerTests {
  private static func command(_ id: String) -> IssuedCommand {
    IssuedCommand(id: id, operator: "sato", comment: "")
  }

  /// Gives a command and lets the core carry it out; what is to be stored of it.
  private static func carryOut(_ id: String, in ledger: inout CommandLedger) -> [StoredState] {
    let number = ledger.nextNumber
    ledger.issue(command(id), by: 0)
    return ledger.decided(number, .done)
  }

  /// A start that could not read the outbox counts its commands from one again.
  @Test func `what two starts stored is both known to the next one`() {
    var first = CommandLedger([])
    var second = CommandLedger([])
    let stored =
      Self.carryOut("a", in: &first) + Self.carryOut("b", in: &first)
      + Self.carryOut("c", in: &second)
    #expect(Set(stored.map(\.id)).count == 3)
    var next = CommandLedger(stored)
    for id in ["a", "b", "c"] {
      let answer = next.answer(again: id, to: 1)
      #expect(answer == .done(id, isDurable: true))
    }
    #expect(next.nextNumber == 4)
  }

  /// What is given after a start is newer than all that was stored before it.
  @Test func `the newest commands are remembered over many starts`() {
    var kept: [String: StoredState] = [:]
    for start in 0..<10 {
      var ledger = CommandLedger(Array(kept.values))
      for number in 0..<100 {
        for state in Self.carryOut("command-\(start * 100 + number)", in: &ledger) {
          kept[state.id] = state.value.isEmpty ? nil : state
        }
      }
    }
    var last = CommandLedger(Array(kept.values))
    let known = (0..<1_000).filter { last.answer(again: "command-\($0)", to: 0) != nil }
    #expect(known == Array(744..<1_000))
  }

  @Test func `what is stored of commands does not grow`() {
    var ledger = CommandLedger([])
    var kept: [String: StoredState] = [:]
    for number in 0..<1_000 {
      for state in Self.carryOut("command-\(number)", in: &ledger) {
        kept[state.id] = state.value.isEmpty ? nil : state
      }
    }
    #expect(kept.count <= Int(CommandLedger.remembered) + 1)
    var next = CommandLedger(Array(kept.values))
    let recent = next.answer(again: "command-999", to: 0)
    let old = next.answer(again: "command-1", to: 0)
    #expect(recent == .done("command-999", isDurable: true) && old == nil)
  }
}
