import Delivery
import DetectionCore
import Foundation
import GatewayStatus
import Glibc
import LinuxHost
import OutboxStore
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

/// The outbox's file is deleted, cut, replaced or overwritten while the gateway runs.
@Suite struct OutboxLossTests {
  /// What somebody does to the file.
  enum Harm: CaseIterable {
    case deleted, allDeleted, logDeleted, cut, replaced, overwritten

    func act(on path: String) throws {
      let files = FileManager.default
      switch self {
      case .deleted: try files.removeItem(atPath: path)
      case .allDeleted:
        for suffix in ["", "-wal", ".session"] { try files.removeItem(atPath: path + suffix) }
      case .logDeleted: try files.removeItem(atPath: path + "-wal")
      case .cut: try Self.handle(path).truncate(atOffset: 0)
      case .replaced:
        try Data("not ours".utf8).write(to: URL(filePath: path + ".other"))
        #expect(unsafe rename(path + ".other", path) == 0)
      case .overwritten:
        try Self.handle(path).write(contentsOf: Data(repeating: 0xA5, count: 64 << 10))
      }
    }

    private static func handle(_ path: String) throws -> FileHandle {
      try FileHandle(forWritingTo: URL(filePath: path))
    }

    /// True where a file is left that may be studied.
    var leavesFile: Bool {
      switch self {
      case .deleted, .allDeleted: false
      case .logDeleted, .cut, .replaced, .overwritten: true
      }
    }
  }

  @Test(arguments: Harm.allCases)
  func whatIsInMemoryIsStoredAnew(_ harm: Harm) throws {
    let box = try StoreBox()
    let state = StoredState(kind: "rule", id: "level", value: [1, 2, 3])
    box.queue.append([], states: [state], at: HostClock().now)
    box.append(1...20)
    #expect(box.hasCommitted(20))
    box.queue.settle(Settlement(destination: 0, position: OutboxPosition(rawValue: 1)))
    #expect(waitUntil { box.queue.batch(isQuiet: true).isEmpty })
    try harm.act(on: box.path)

    #expect(waitUntil { box.problem != nil }, "noticed without anything new")
    box.append(21...21)
    #expect(box.hasCommitted(21))
    box.end()

    let begunAnew = harm.leavesFile ? "outboxBegunAnew" : "outboxGone"
    #expect(box.problem?.code == begunAnew)
    #expect(
      FileManager.default.fileExists(atPath: box.path + ".damaged-1") == harm.leavesFile)
    let next = try Outbox(path: box.path, destinations: ["a"])
    let entries = try next.pending(for: 0, after: .start, limit: 99)
    #expect(entries.map(\.fact.id) == (2...21).map { box.fact($0).id })
    #expect(try next.gaps(of: 0).isEmpty, "nothing was lost")
    #expect(
      try next.states() == [state],
      "a restart knows where all stand")
    let after = try next.beginSession()
    #expect(after == SessionIdentity(epoch: box.identity.epoch, number: box.identity.number + 1))
  }

  /// Until the log is folded into the file, all of it is in the log.
  @Test func aCutFileIsMadeWholeFromItsLog() throws {
    let box = try StoreBox(isFolded: false)
    box.append(1...20)
    #expect(box.hasCommitted(20))
    try Harm.cut.act(on: box.path)
    box.append(21...21)
    #expect(box.hasCommitted(21))
    box.end()
    #expect(box.problem == nil)
    let next = try Outbox(path: box.path, destinations: ["a"])
    #expect(next.backlog == [21])
  }

  @Test func whatOnlyTheFileHadIsToldToBeMissing() throws {
    let box = try StoreBox()
    let count = WriteBehindQueue.storedKept + 100
    box.append(1...count)
    #expect(box.hasCommitted(count))
    try FileManager.default.removeItem(atPath: box.path)
    box.append(count + 1...count + 1)
    #expect(box.hasCommitted(count + 1))
    box.end()

    let next = try Outbox(path: box.path, destinations: ["a"])
    #expect(try next.gaps(of: 0).map(\.reason) == [.outboxLost])
    let kept = try next.pending(for: 0, after: .start, limit: 2 * count)
    #expect(kept.last?.fact.id == box.fact(count + 1).id)
    #expect(kept.count >= WriteBehindQueue.storedKept && kept.count < count)
  }

  private static let otherDisk = "/dev/shm"
  private static func device(of path: String) -> Int? {
    try? FileManager.default.attributesOfItem(atPath: path)[.systemNumber] as? Int
  }

  /// A disk that is unmounted leaves an empty folder of another one in its place.
  @Test(.enabled(if: device(of: otherDisk) != device(of: NSTemporaryDirectory())))
  func aDiskThatIsNotMountedIsWaitedFor() throws {
    let files = FileManager.default
    let disk = try TemporaryFolder()
    let bare = "\(Self.otherDisk)/nomori-\(UUID().uuidString)"
    try files.createDirectory(atPath: bare, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: bare) }
    let mountPoint = "\(try TemporaryFolder().path)-mounted"
    func mount(_ path: String?) throws {
      try? files.removeItem(atPath: mountPoint)
      if let path {
        try files.createSymbolicLink(atPath: mountPoint, withDestinationPath: path)
      }
    }
    defer { try? mount(nil) }
    try mount(disk.path)
    let box = try StoreBox(folder: mountPoint)
    box.append(1...20)
    #expect(box.hasCommitted(20))

    try mount(bare)
    box.append(21...21)
    #expect(waitUntil { box.trouble?.code == "outboxUnmounted" })
    #expect(box.queue.unstoredCount == 1, "it is kept in memory")
    #expect(try files.contentsOfDirectory(atPath: bare).isEmpty, "nothing is begun there")

    try mount(disk.path)
    #expect(box.hasCommitted(21))
    #expect(box.trouble == nil && box.problem == nil)
    box.end()
    let next = try Outbox(path: "\(disk.path)/outbox.sqlite", destinations: ["a"])
    #expect(next.backlog == [21])
    #expect(try next.gaps(of: 0).isEmpty)
  }

  /// A copy tool or a curious person may touch it.
  @Test func aFileThatIsOnlyTouchedIsKept() throws {
    let box = try StoreBox()
    box.append(1...20)
    #expect(box.hasCommitted(20))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 0)], ofItemAtPath: box.path)
    box.append(21...21)
    #expect(box.hasCommitted(21))
    box.end()
    #expect(box.problem == nil)
    let next = try Outbox(path: box.path, destinations: ["a"])
    #expect(next.backlog == [21])
  }
}

/// The outbox's thread with a real file, and nobody connected.
private final class StoreBox {
  let identity: SessionIdentity
  let path: String
  let queue: FactQueue
  private let folder: TemporaryFolder
  private let board: SharedStatus
  private let stop = StopFlag()
  private let thread: HostThread

  init(isFolded: Bool = true, folder place: String? = nil) throws {
    folder = try TemporaryFolder()
    path = "\(place ?? folder.path)/outbox.sqlite"
    var site = try River.site()
    site.outbox.path = path
    site.destinations = [DestinationPlan(id: "a", host: "127.0.0.1", port: 1)]
    let opening = OutboxOpening(settings: site.outbox, destinations: ["a"])
    let store = try #require(try opening.open(within: .seconds(60)))
    identity = try store.beginSession()
    // So much that the log is folded into the file: what is in the log alone survives the file's damage.
    if isFolded {
      var filler = OutboxBatch()
      filler.states = [
        StoredState(kind: "filler", id: "", value: Array(repeating: 7, count: 2 << 20))
      ]
      _ = try store.commit(filler)
    }
    queue = try FactQueue(last: store.lastPosition, backlog: store.backlog)
    board = SharedStatus(site: site)
    let storing = StoreThread(
      opening: opening, queue: queue,
      source: FactSource(site: site.description, session: identity, boot: "b"), board: board,
      clock: HostClock(), stop: stop)
    thread = try HostThread(name: "outbox") { _ in storing.run() }
  }

  func fact(_ number: Int) -> Fact {
    let message = MQTTMessage(
      topic: "river/event", payload: Array("{\"n\":\(number)}".utf8),
      contentType: "application/json",
      label: PayloadLabel(schema: "s", site: "river", mode: .test))
    return Fact(
      id: "river-\(number)", site: "river", mode: .test, precedence: .alarm,
      time: FactTime(boot: "b", monotonicNs: 0, wallNs: 0, synchronized: true),
      content: .rendered(message))
  }

  func append(_ numbers: ClosedRange<Int>) {
    queue.append(
      numbers.map { FactQueue.NewFact(fact: fact($0)) }, states: [], at: HostClock().now)
  }

  /// Waits until everything that was appended, so many facts, is in the file.
  func hasCommitted(_ count: Int) -> Bool {
    waitUntil { board.current.committedCount >= count && queue.unstoredCount == 0 }
  }

  /// What the status says of the file.
  var problem: GatewayProblem? { board.problems["outbox file"] }
  /// What it says of the disk.
  var trouble: GatewayProblem? { board.problems["outbox"] }

  func end() {
    stop.raise()
    queue.wake.raise()
    thread.join()
  }
}
