import Delivery
import LinuxHost
import MosquittoClient
import Testing

@Suite(
  "What a broker may send", .serialized,
  .enabled(if: PrivateBroker.executable != nil, Comment(rawValue: PrivateBroker.absence)))
struct LargeMessageTests {
  @Test(
    "Messages up to the agreed size arrive whole, many at once as well",
    arguments: [
      ProtocolVersion.v5, .v311,
    ])
  func agreedSizes(version: ProtocolVersion) throws {
    let broker = try PrivateBroker()
    var watcher = try DrivenSession(.local(broker), "watcher", provenVersion: version)
    try watcher.connect()
    try watcher.subscribe(to: "a/#")
    var sender = try DrivenSession(.local(broker), "sender", provenVersion: version)
    try sender.connect()
    var sent: [Int] = []
    for size in [0, 1, 20_470, 20_480, 65_536, 131_072, 200_000, 262_000] {
      try sender.deliver(.sample("a/big", String(repeating: "x", count: size)))
      sent.append(size)
    }
    for size in sent { #expect(try watcher.message().payload.count == size) }
    for number in 0..<400 { try sender.deliver(.sample("a/small", "\(number)")) }
    for number in 0..<400 { #expect(try watcher.message().text == "\(number)") }
    // Its acknowledgements have left as well: nothing comes again in a new connection. The broker has
    // seen them when the subscription behind them stands.
    try watcher.subscribe(to: "a/end")
    watcher.session.disconnect()
    try watcher.connect()
    // A broker of 3.1.1 is asked to keep nothing.
    if version != .v5 { try watcher.subscribe(to: "a/#") }
    try sender.deliver(.sample("a/last", "last"))
    let next = try watcher.message().text
    #expect(next == "last")
  }
}
