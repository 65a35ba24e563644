import Delivery
import DetectionCore
import Testing

@Suite("Which of several brokers")
struct BrokerChoiceTests {
  private static func at(_ seconds: Int64) -> Instant {
    Instant(nanoseconds: 0) + .seconds(seconds)
  }

  /// A choice that has moved to the second broker at 10 s.
  private static func onSecond() -> BrokerChoice {
    var choice = BrokerChoice(count: 2)
    for second in [2, 5, 10] as [Int64] { choice.failed(at: at(second)) }
    return choice
  }

  @Test("A broker alone is kept, whatever happens")
  func alone() {
    var choice = BrokerChoice(count: 1)
    for second in 0..<1_000 { choice.failed(at: Self.at(Int64(second))) }
    #expect(choice.current == 0 && !choice.wantsTrial(at: Self.at(100_000)) && !choice.wantsReturn)
  }

  @Test(
    "Three failures in a row, or a minute of them, lead to the next; an acknowledgement forgives")
  func failOver() {
    #expect(Self.onSecond().current == 1)

    var forgiven = BrokerChoice(count: 2)
    for second in 0..<100 as Range<Int64> {
      forgiven.failed(at: Self.at(second * 1_000))
      forgiven.failed(at: Self.at(second * 1_000 + 1))
      forgiven.acknowledged(at: Self.at(second * 1_000 + 2))
    }
    #expect(forgiven.current == 0)

    var slow = BrokerChoice(count: 2)
    slow.failed(at: Self.at(30))
    slow.failed(at: Self.at(89))
    #expect(slow.current == 0)
    var slower = slow
    slower.failed(at: Self.at(90))
    #expect(slower.current == 1)
    var two = BrokerChoice(count: 2)
    two.failed(at: Self.at(30))
    two.failed(at: Self.at(90))
    #expect(two.current == 1)
  }

  @Test("Behind the last comes the first again")
  func around() {
    var choice = BrokerChoice(count: 3)
    var visited = [choice.current]
    for second in 0..<60 as Range<Int64> {
      choice.failed(at: Self.at(second))
      if choice.current != visited.last { visited.append(choice.current) }
    }
    #expect(visited.prefix(7) == [0, 1, 2, 0, 1, 2, 0])
  }

  @Test("Back to the first only when it has answered three times, a minute apart")
  func back() {
    var choice = Self.onSecond()
    #expect(!choice.wantsTrial(at: Self.at(69)) && choice.wantsTrial(at: Self.at(70)))
    choice.tried(true, at: Self.at(70))
    choice.tried(true, at: Self.at(130))
    choice.tried(false, at: Self.at(190))
    choice.tried(true, at: Self.at(250))
    choice.tried(true, at: Self.at(310))
    #expect(!choice.wantsReturn)
    choice.tried(true, at: Self.at(370))
    #expect(choice.wantsReturn)
    choice.returnedToFirst(at: Self.at(371))
    #expect(choice.current == 0 && !choice.wantsReturn && !choice.wantsTrial(at: Self.at(9_999)))
  }

  @Test("A first broker that fails soon after each return is tried less and less often")
  func relapses() {
    var choice = BrokerChoice(count: 2)
    var now: Int64 = 0
    var pauses: [Int64] = []
    for _ in 0..<7 {
      for _ in 0..<3 {
        now += 1
        choice.failed(at: Self.at(now))
      }
      let begin = now
      while !choice.wantsReturn {
        now += 1
        if choice.wantsTrial(at: Self.at(now)) { choice.tried(true, at: Self.at(now)) }
      }
      pauses.append(now - begin)
      choice.returnedToFirst(at: Self.at(now))
    }
    #expect(pauses == [180, 360, 720, 1_440, 2_880, 2_880, 2_880])
  }

  @Test(
    "Whatever the brokers do, there is always one, moves have reasons, and a lasting one is found",
    arguments: 0..<200 as Range<UInt64>)
  func anything(seed: UInt64) {
    var dice = SplitMix64(seed: seed)
    let count = Int(dice.next() % 4) + 1
    var choice = BrokerChoice(count: count)
    var now: Int64 = 0
    var failures = 0
    for _ in 0..<2_000 {
      now += Int64(dice.next() % 40)
      let before = choice.current
      switch dice.next() % 5 {
      case 0, 1:
        choice.failed(at: Self.at(now))
        failures += 1
        #expect(choice.current == before || failures >= 2, "seed \(seed)")
        #expect(choice.current == before || choice.current == (before + 1) % count, "seed \(seed)")
      case 2:
        choice.acknowledged(at: Self.at(now))
        #expect(choice.current == before, "seed \(seed)")
        failures = 0
      case 3 where choice.wantsTrial(at: Self.at(now)):
        choice.tried(dice.next() % 4 != 0, at: Self.at(now))
        #expect(choice.current == before, "seed \(seed)")
      default:
        guard choice.wantsReturn else { continue }
        #expect(before != 0, "seed \(seed)")
        choice.returnedToFirst(at: Self.at(now))
      }
      if choice.current != before { failures = 0 }
      #expect((0..<count).contains(choice.current), "seed \(seed)")
    }
    // From now on only one broker works: it is found within so many failures.
    let working = Int(dice.next() % UInt64(count))
    var steps = 0
    while choice.current != working, steps < 3 * count {
      now += 1
      choice.failed(at: Self.at(now))
      steps += 1
    }
    #expect(choice.current == working, "seed \(seed)")
  }
}
