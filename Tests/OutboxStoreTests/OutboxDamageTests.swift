import Delivery
import Foundation
import OutboxStore
import Synchronization
import TestSupport
import Testing

@Suite("An outbox on a bad disk")
struct OutboxDamageTests {
  @Test("A file that is no database is moved aside, and a new one begun")
  func garbage() throws {
    let folder = try TemporaryFolder()
    let garbage = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try garbage.write(to: URL(filePath: folder.file))

    let outbox = try Outbox(path: folder.file, destinations: ["a"])

    #expect(outbox.damagedFile == folder.file + ".damaged-1")
    #expect(try Data(contentsOf: URL(filePath: folder.file + ".damaged-1")) == garbage)
    try outbox.put([OutboxTests.fact(1)], from: 1)
    #expect(try outbox.pending(for: 0, after: .start, limit: 9).count == 1)
  }

  @Test("A database with destroyed pages is moved aside; event ids stay unique")
  func destroyedPages() throws {
    let folder = try TemporaryFolder()
    var session: UInt32 = 0
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      _ = try outbox.beginSession()
      session = try outbox.beginSession().number
      try outbox.put((1...500).map { OutboxTests.fact($0) }, from: 1)
    }
    var bytes = try Data(contentsOf: URL(filePath: folder.file))
    #expect(bytes.count > 20_000)
    for place in 4_096..<bytes.count { bytes[place] = 0xA5 }
    try bytes.write(to: URL(filePath: folder.file))

    let outbox = try Outbox(path: folder.file, destinations: ["a"])

    #expect(outbox.damagedFile != nil)
    #expect(try outbox.beginSession().number == session + 1)
    #expect(outbox.backlog == [0])
    #expect(try outbox.gaps(of: 0).map(\.reason) == [.outboxLost])
  }

  @Test("A cut or damaged log costs at most what was not yet committed", arguments: 0..<12)
  func copiedInMidCommit(round: Int) throws {
    let folder = try TemporaryFolder()
    let copy = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"])
    let progress = Progress()
    let writer = Thread {
      // So few that the log is not folded into the database meanwhile: that is another moment.
      for number in 1...120 {
        let fact = OutboxTests.fact(number, bytes: 600)
        if (try? outbox.put([fact], from: Int64(number))) == nil { break }
        progress.committed.store(number, ordering: .releasing)
      }
      progress.end.signal()
    }
    writer.start()
    while progress.committed.load(ordering: .acquiring) < 10 + round * 5, !writer.isFinished {
      sched_yield()
    }
    let before = progress.committed.load(ordering: .acquiring)
    // A copy of the log taken while it is written is what a power cut leaves behind: whole
    // commits, then perhaps a torn one.
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: folder.file + suffix, toPath: copy.file + suffix)
    }
    progress.end.wait()
    #expect(progress.committed.load(ordering: .acquiring) == 120)

    let survivor = try Outbox(path: copy.file, destinations: ["a"])

    #expect(survivor.damagedFile == nil)
    let ids = try survivor.pending(for: 0, after: .start, limit: 1_000).map(\.fact.id)
    #expect(ids.count >= before)
    #expect(ids == (1...ids.count).map { "site-1-\($0)" })
  }

  @Test(
    "A fact whose bytes have changed is told to nobody; that it is missing is, and the rest goes on"
  )
  func flippedBits() throws {
    let folder = try TemporaryFolder()
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
      try outbox.put((1...3).map { OutboxTests.fact($0) }, from: 1, for: [0, 1])
    }
    // The text of the second fact stands in the file as it is; a digit of it turns.
    var bytes = try Data(contentsOf: URL(filePath: folder.file))
    let text = Data("\"monotonicNs\":2".utf8)
    let place = try #require(bytes.firstRange(of: text))
    bytes[place.upperBound - 1] = UInt8(ascii: "7")
    try bytes.write(to: URL(filePath: folder.file))

    let outbox = try Outbox(path: folder.file, destinations: ["a", "b"])
    #expect(outbox.damagedFile == nil)
    // Fewer than were asked for would say that there are no more.
    #expect(
      try outbox.pending(for: 0, after: .start, limit: 2).map(\.fact.id) == [
        "site-1-1", "site-1-3",
      ])
    #expect(try outbox.pending(for: 1, after: .start, limit: 9).count == 2)
    for destination in 0..<2 {
      let gap = try #require(outbox.gaps(of: destination).first)
      #expect(gap.reason == .damaged && gap.counts == [0, 0, 1])
    }
  }

  @Test("An absent folder is named")
  func absentFolder() throws {
    let path = try TemporaryFolder().file + "/nowhere/outbox.sqlite"
    let error = #expect(throws: FactStoreError.self) {
      try Outbox(path: path, destinations: ["a"])
    }
    #expect(error == .folderMissing(path: path))
    #expect(error?.recovery == .refuseStart)
    #expect(error?.description.contains(path) == true)
  }

  @Test("No file is begun in the place of a lost one whose disk is not mounted")
  func otherDisk() throws {
    let folder = try TemporaryFolder()
    let device = try Outbox(path: folder.file, destinations: ["a"]).device
    try folder.removeDatabase()
    func follow(on device: UInt64) throws {
      _ = try Outbox(
        path: folder.file, destinations: ["a"],
        succession: Outbox.Succession(
          identity: SessionIdentity(epoch: "00c0ffee", number: 7), lost: [false], device: device))
    }
    #expect(throws: FactStoreError.unmounted(path: folder.file)) { try follow(on: device + 1) }
    #expect(!FileManager.default.fileExists(atPath: folder.file))
    try follow(on: device)
    #expect(FileManager.default.fileExists(atPath: folder.file))
  }

  @Test("A folder that cannot be written is named")
  func unwritableFolder() throws {
    // Nobody, not even root, can make files in /proc.
    let path = "/proc/outbox.sqlite"
    let error = #expect(throws: FactStoreError.self) {
      try Outbox(path: path, destinations: ["a"])
    }
    guard case .unwritable(path, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.recovery == .refuseStart)
  }

  @Test("A path that is a folder is named")
  func pathIsFolder() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file, withIntermediateDirectories: true)
    let error = #expect(throws: FactStoreError.self) {
      try Outbox(path: folder.file, destinations: ["a"])
    }
    #expect(error?.recovery == .refuseStart)
  }

  @Test("A second gateway on the same store is refused")
  func inUse() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"])
    let error = #expect(throws: FactStoreError.self) {
      try Outbox(path: folder.file, destinations: ["a"])
    }
    #expect(error == .inUse(path: folder.file))
    try outbox.put([OutboxTests.fact(1)], from: 1)
    #expect(try outbox.pending(for: 0, after: .start, limit: 9).count == 1)
  }
}

/// How far a writing thread has come.
private final class Progress: Sendable {
  let committed = Atomic(0)
  let end = DispatchSemaphore(value: 0)
}
