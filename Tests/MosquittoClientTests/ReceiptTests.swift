import Delivery
import MosquittoClient
import Testing

@Suite(
  "When a broker is told of receipt", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct ReceiptTests {
  @Test(
    "What whoever stores first had no time to store comes again; what was stored does not",
    arguments: [true, false])
  func storedFirst(_ storesFirst: Bool) throws {
    let broker = try PrivateBroker()
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()
    do {
      var first = try Self.keeper(broker, storesFirst)
      try first.connect()
      try first.subscribe(to: "a/#")
      try sender.deliver(.sample("a/1", "stored"))
      #expect(try first.message().text == "stored")
      // The next poll says so; whatever comes with it has no such luck.
      try sender.deliver(.sample("a/1", "late"))
      #expect(try first.message().text == "late")
    }
    // Gone without a word, as by a kill. More waits behind it, and comes with the answer to CONNECT.
    for number in 0..<3 { try sender.deliver(.sample("a/1", "\(number)")) }
    var second = try Self.keeper(broker, storesFirst)
    try second.connect()
    let expected = (storesFirst ? ["late"] : []) + ["0", "1", "2"]
    for text in expected { #expect(try second.message().text == text) }
  }

  @Test("What came with the broker's first word is not told either before it is stored")
  func withTheFirstWord() throws {
    let broker = try PrivateBroker()
    var sender = try DrivenSession(.local(broker), "sender")
    try sender.connect()
    do {
      var first = try Self.keeper(broker, true)
      try first.connect()
      try first.subscribe(to: "a/#")
    }
    for number in 0..<5 { try sender.deliver(.sample("a/1", "\(number)")) }
    for _ in 0..<3 {
      // Each is gone with the poll that gave it a message.
      var next = try Self.keeper(broker, true)
      try next.connect()
      #expect(try next.message(on: "a/1").text == "0")
    }
  }

  private static func keeper(_ broker: borrowing PrivateBroker, _ storesFirst: Bool) throws
    -> DrivenSession
  {
    try DrivenSession(.local(broker), "keeper", storesFirst: storesFirst)
  }
}
