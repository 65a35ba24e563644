import Glibc
import LinuxHost
import Testing

/// The state of ports and folders of this machine.
@Suite struct HostStateTests {
  @Test func aPseudoTerminalIsAPortThatCanBeUsed() throws {
    let terminal = try PseudoTerminal()
    let folder = try makeTemporaryFolder(prefix: "nomori-state")
    defer { removeFolder(folder) }
    let link = "\(folder)/port"
    #expect(unsafe symlink(terminal.path, link) == 0)
    let state = SerialPortState(of: link)
    #expect(state.device == terminal.path)
    #expect(state.isCharacterDevice && state.isPermitted && !state.isLocked)
    #expect(state.latencyMs == nil && state.stablePaths.isEmpty && !state.isUnstable)

    let holder = unsafe open(terminal.path, O_RDWR | O_NOCTTY)
    try #require(holder >= 0)
    defer { close(holder) }
    #expect(flock(holder, LOCK_EX | LOCK_NB) == 0)
    #expect(SerialPortState(of: link).isLocked)
  }

  @Test func whatIsNoPortIsToldApart() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-state")
    defer { removeFolder(folder) }
    #expect(SerialPortState(of: "\(folder)/absent").device == nil)
    _ = try GrowingFile(creating: "\(folder)/file")
    let file = SerialPortState(of: "\(folder)/file")
    #expect(file.device == "\(folder)/file" && !file.isCharacterDevice)
  }

  @Test func aFolderThatIsNotThereIsJudgedByTheOneAbove() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-state")
    defer { removeFolder(folder) }
    try GrowingFile(creating: "\(folder)/a").append([1, 2, 3])
    let state = FolderState(of: folder)
    #expect(state.existing == folder && state.isWritable && state.usedBytes == 3)
    #expect(state.freeBytes > 0)
    let below = FolderState(of: "\(folder)/not/yet")
    #expect(below.existing == folder && below.isWritable && below.usedBytes == 0)
    #expect(FolderState(of: "/").existing == "/")
  }
}
