import Delivery
import DetectionCore
import LinuxHost
import SiteConfiguration
import TestSupport
import Testing

@testable import Commissioning

@Suite struct SiteFilesTests {
  @Test func bareNameIsAnExampleSite() throws {
    let (site, warnings) = try River.files.load("river")
    #expect(site.description.id == "river-nagi")
    #expect(warnings.isEmpty)
    let byPath = try River.files.load("\(River.root)deploy/sites/river.yaml").site
    #expect(byPath.detection.points.count == site.detection.points.count)
  }

  @Test(arguments: ["riverr", "river.yaml", "./river", "none/at/all"])
  func fileThatIsNotThereIsAnErrorWithItsPath(path: String) throws {
    let error = #expect(throws: HostError.self) { try River.files.load(path) }
    #expect(error?.description.contains(path) == true)
    #expect(error?.description.contains("No such file") == true)
  }

  @Test func profileIsFoundInTheFirstFolderThatHasIt() throws {
    let folder = try TemporaryFolder()
    try makeFolder("\(folder.path)/maker")
    try GrowingFile(creating: "\(folder.path)/maker/one.yaml").append(Array("mine".utf8))
    var files = River.files
    files.profileFolders = ["/nowhere", folder.path] + files.profileFolders
    #expect(files.profile("maker/one")?.text == "mine")
    #expect(files.profile("maker/one")?.name == "maker/one")
    #expect(files.profile("keller/36xiw")?.text.contains("Submersible pressure") == true)
    #expect(files.profile("maker/two") == nil)
  }

  @Test func profilesOfAllFoldersAreListedOnce() throws {
    let folder = try TemporaryFolder()
    for name in ["keller/36xiw", "maker/one", ".hidden/two", "maker/.three", "maker/deep/four"] {
      let parts = name.split(separator: "/").dropLast().joined(separator: "/")
      try makeFolder("\(folder.path)/\(parts)")
      try GrowingFile(creating: "\(folder.path)/\(name).yaml").append(Array("mine".utf8))
    }
    try GrowingFile(creating: "\(folder.path)/maker/notes.txt").append(Array("no".utf8))
    var files = River.files
    let shipped = files.profileIDs
    #expect(shipped.contains("keller/36xiw") && !shipped.contains { $0.hasPrefix("schema/") })
    files.profileFolders = [folder.path, "/nowhere"] + files.profileFolders
    #expect(files.profileIDs == (shipped + ["maker/one"]).sorted())
    #expect(files.profile("keller/36xiw")?.text == "mine")
  }

  /// Beside the folder of profiles stands a file that no id may reach.
  @Test(arguments: [
    "../secret", "maker/../../secret", "..", "./maker/one", "/etc/hostname", "maker//one", "",
    "maker/", ".hidden",
  ])
  func profileIdCannotLeaveItsFolder(id: String) throws {
    let folder = try TemporaryFolder()
    try makeFolder("\(folder.path)/devices/maker")
    for name in ["secret", "devices/maker/one", "devices/.hidden", "devices/maker/.yaml"] {
      let path = name.hasSuffix(".yaml") ? name : "\(name).yaml"
      try GrowingFile(creating: "\(folder.path)/\(path)").append(Array("found".utf8))
    }
    var files = River.files
    files.profileFolders = ["\(folder.path)/devices"]
    #expect(files.profile("maker/one")?.text == "found")
    #expect(files.profile(id) == nil)
  }
}
