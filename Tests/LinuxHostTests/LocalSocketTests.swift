import Foundation
import LinuxHost
import Testing

@Suite struct LocalSocketTests {
  @Test func onlyTheOwnerMayConnectAndTheSocketGoesWithTheListener() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-socket")
    defer { removeFolder(folder) }
    let path = "\(folder)/status"
    do {
      let listener = try LocalListener(path: path)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(listener.accept() == nil)
      let client = try connectLocally(path)
      #expect(readable([listener.descriptor], timeoutMs: 10_000) == [0])
      try listener.accept()?.write([1, 2, 3])
      var room = [UInt8](repeating: 0, count: 8)
      #expect(client.read(into: &room, timeoutMs: 10_000) == 3)
      #expect(client.read(into: &room, timeoutMs: 10_000) == nil)
      listener.stop()
      #expect(readable([listener.descriptor], timeoutMs: 10_000) == [0])
    }
    #expect(folderNames(folder).isEmpty)
    #expect { _ = try connectLocally(path) } throws: { ($0 as? HostError)?.code == ENOENT }
  }

  @Test func aSocketThatWasLeftBehindIsReplacedAndAFileIsNot() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-socket")
    defer { removeFolder(folder) }
    let path = "\(folder)/status"
    let first = try LocalListener(path: path)
    let second = try LocalListener(path: path)
    _ = try connectLocally(path)
    #expect(!readable([second.descriptor], timeoutMs: 10_000).isEmpty)
    #expect(readable([first.descriptor], timeoutMs: 0).isEmpty)

    let file = try GrowingFile(creating: "\(folder)/file")
    #expect { _ = try LocalListener(path: file.path) } throws: {
      ($0 as? HostError)?.code == EADDRINUSE
    }
    #expect(fileSize(file.path) == 0)
    let long = folder + "/" + String(repeating: "x", count: 108)
    #expect { _ = try LocalListener(path: long) } throws: {
      ($0 as? HostError)?.code == ENAMETOOLONG
    }
  }

  @Test func whoDoesNotReadMakesNobodyWait() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-socket")
    defer { removeFolder(folder) }
    let listener = try LocalListener(path: "\(folder)/status")
    let idle = try connectLocally("\(folder)/status")
    #expect(throws: HostError.self) {
      try listener.accept()?.write([UInt8](repeating: 0, count: 64 << 20))
    }
    _ = idle
  }

  @Test func aReaderThatWentAwayEndsNobody() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let (writer, reader) = try OwnedDescriptor.pair()
      shutdown(reader.number, Int32(SHUT_RDWR))
      #expect { try writer.write([1]) } throws: { ($0 as? HostError)?.code == EPIPE }
    }
  }
}
