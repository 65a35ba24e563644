import LinuxHost
import Testing

@Suite("Files that are seen whole or not at all")
struct WholeFileTests {
  @Test("A file is there with all its bytes, and nothing beside it; what is there already stays")
  func whole() throws {
    let folder = try makeTemporaryFolder(prefix: "nomori-whole")
    defer { removeFolder(folder) }
    let path = folder + "/s-1-1.xml"
    // What a killed run left.
    try GrowingFile(creating: folder + "/.s-1-1.xml.part").append([9, 9, 9])
    try writeWholeFile(path, [1, 2, 3])
    #expect(try readFile(path) == [1, 2, 3])
    try writeWholeFile(path, [4])
    #expect(try readFile(path) == [1, 2, 3])
    #expect(folderNames(folder) == ["s-1-1.xml"])
  }

  @Test("A folder that is not there is said with its path")
  func absent() throws {
    #expect {
      try writeWholeFile("/nonexistent/folder/a.xml", [1])
    } throws: { "\($0)".contains("/nonexistent/folder") }
  }
}
