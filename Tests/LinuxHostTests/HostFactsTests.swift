import Glibc
import LinuxHost
import Testing

/// Facts about ports and folders of this machine.
@Suite struct HostFactsTests {
  @Test func aPseudoTerminalIsAPortThatCanBeUsed() throws {
    let terminal = try PseudoTerminal()
    let folder = try makeTemporaryFolder(prefix: "nomori-facts")
    defer { removeFolder(folder) }
    let link = "\(folder)/port"
    #expect(unsafe symlink(terminal.path, link) == 0)
    let facts = SerialPortFacts(of: link)
    #expect(facts.device == terminal.path)
    #expect(facts.isCharacterDevice && facts.isPermitted && !facts.isLocked)
    #expect(facts.latencyMs == nil && facts.stablePaths.isEmpty && !facts.isUnstable)

    let holder = unsafe open(terminal.path, O_RDWR | O_NOCTTY)
    try #require(holder >= 0)
    defer { close(holder) }
    #expect(flock(holder, LOCK_EX | LOCK_NB) == 0)
    #expect(SerialPortFacts(of: link).isLocked)
  }

  @Test func whatIsNoPortIsToldApart() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-facts")
    defer { removeFolder(folder) }
    #expect(SerialPortFacts(of: "\(folder)/absent").device == nil)
    _ = try GrowingFile(creating: "\(folder)/file")
    let file = SerialPortFacts(of: "\(folder)/file")
    #expect(file.device == "\(folder)/file" && !file.isCharacterDevice)
  }

  @Test func aFolderThatIsNotThereIsJudgedByTheOneAbove() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-facts")
    defer { removeFolder(folder) }
    try GrowingFile(creating: "\(folder)/a").append([1, 2, 3])
    let facts = FolderFacts(of: folder)
    #expect(facts.existing == folder && facts.isWritable && facts.usedBytes == 3)
    #expect(facts.freeBytes > 0)
    let below = FolderFacts(of: "\(folder)/not/yet")
    #expect(below.existing == folder && below.isWritable && below.usedBytes == 0)
    #expect(FolderFacts(of: "/").existing == "/")
  }
}
