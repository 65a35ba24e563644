import Foundation
import Polling
import Recording
import SiteConfiguration
import Testing

/// Recordings of earlier versions, a sample of each of which is kept.
@Suite struct OldRecordingTests {
  /// `Tests/Samples/two-buses-1.mcap` was written when buses of Modbus devices came first, wherever they
  /// stood in the site file: there the mast stands before the probe, and has index 1 in the messages.
  @Test func theBusesOfTheFirstVersionAreToldApart() throws {
    let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Samples/two-buses-1.mcap")
    let replay = try Replay(paths: [sample.path])
    #expect(replay.site.buses.map(\.id) == ["wind", "field"])
    var counts: [String: Int] = [:]
    let damages = try replay.readWire { entry in
      let kind =
        switch entry.content {
        case .transaction: "transaction"
        case .frame(let kind, _, _): "\(kind)"
        }
      counts["\(entry.bus) \(entry.device ?? "-") \(kind)", default: 0] += 1
    }
    #expect(damages.isEmpty)
    #expect(
      counts == ["field probe transaction": 16, "wind mast request": 8, "wind mast message": 8])
    #expect(try replay.run().firstDifference == nil)
  }

  /// `Tests/Samples/single-inputs-2.mcap` was written when each input and each transaction had a message.
  @Test func inputsAndTransactionsWithAMessageEachAreRead() throws {
    let sample = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Samples/single-inputs-2.mcap")
    let replay = try Replay(paths: [sample.path])
    var transactionCount = 0
    let damages = try replay.readWire { _ in transactionCount += 1 }
    let result = try replay.run()
    #expect(damages.isEmpty && result.damages.isEmpty && result.gaps.isEmpty)
    #expect(transactionCount == 22)
    #expect(result.inputCount == 28 && result.events.count == 6)
    #expect(result.firstDifference == nil)
  }
}
