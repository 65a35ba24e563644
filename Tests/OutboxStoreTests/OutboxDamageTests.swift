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
    try outbox.append([OutboxTests.event(1)])
    #expect(try outbox.depth(of: "a") == 1)
  }

  @Test("A database with destroyed pages is moved aside; event ids stay unique")
  func destroyedPages() throws {
    let folder = try TemporaryFolder()
    var session: UInt32 = 0
    do {
      let outbox = try Outbox(path: folder.file, destinations: ["a"])
      _ = try outbox.nextSession()
      session = try outbox.nextSession()
      try outbox.append((1...500).map { OutboxTests.event($0) })
    }
    var bytes = try Data(contentsOf: URL(filePath: folder.file))
    #expect(bytes.count > 20_000)
    for place in 4_096..<bytes.count { bytes[place] = 0xA5 }
    try bytes.write(to: URL(filePath: folder.file))

    let outbox = try Outbox(path: folder.file, destinations: ["a"])

    #expect(outbox.damagedFile != nil)
    #expect(try outbox.nextSession() == session + 1)
    #expect(try outbox.depth(of: "a") == 0)
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
        if (try? outbox.append([OutboxTests.event(number, bytes: 600)])) == nil { break }
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
    let ids = try survivor.pending(for: "a", after: .start, limit: 1_000).map(\.event.id)
    #expect(ids.count >= before)
    #expect(ids == (1...ids.count).map { "site-1-\($0)" })
  }

  @Test("An absent folder is named")
  func absentFolder() throws {
    let path = try TemporaryFolder().file + "/nowhere/outbox.sqlite"
    let error = #expect(throws: EventStoreError.self) {
      try Outbox(path: path, destinations: ["a"])
    }
    #expect(error == .folderMissing(path: path))
    #expect(error?.recovery == .refuseStart)
    #expect(error?.description.contains(path) == true)
  }

  @Test("A folder that cannot be written is named")
  func unwritableFolder() throws {
    // Nobody, not even root, can make files in /proc.
    let path = "/proc/outbox.sqlite"
    let error = #expect(throws: EventStoreError.self) {
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
    let error = #expect(throws: EventStoreError.self) {
      try Outbox(path: folder.file, destinations: ["a"])
    }
    #expect(error?.recovery == .refuseStart)
  }

  @Test("A second gateway on the same store is refused")
  func inUse() throws {
    let folder = try TemporaryFolder()
    let outbox = try Outbox(path: folder.file, destinations: ["a"])
    let error = #expect(throws: EventStoreError.self) {
      try Outbox(path: folder.file, destinations: ["a"])
    }
    #expect(error == .inUse(path: folder.file))
    try outbox.append([OutboxTests.event(1)])
    #expect(try outbox.depth(of: "a") == 1)
  }
}

/// How far a writing thread has come.
private final class Progress: Sendable {
  let committed = Atomic(0)
  let end = DispatchSemaphore(value: 0)
}
