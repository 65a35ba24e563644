internal import Glibc
internal import LinuxHost
public import SiteConfiguration

/// Where site files and device profiles stand on this machine.
public struct SiteFiles: Sendable {
  /// Folders with profiles, the first that has one wins.
  public var profileFolders: [String]
  /// Folder with the example sites.
  public var siteFolder: String

  /// Finds the folders: `/etc/nomori/devices` before what is installed in `/usr/share/nomori`, and
  /// before both the checkout that the running program was built in, if it was.
  public init() {
    var folders: [String] = []
    var sites = "/usr/share/nomori/sites"
    if let checkout = Self.checkout {
      folders.append("\(checkout)/Devices")
      sites = "\(checkout)/deploy/sites"
    }
    profileFolders = folders + ["/etc/nomori/devices", "/usr/share/nomori/devices"]
    siteFolder = sites
  }

  /// Reads and checks a site file and the profiles that it names.
  ///
  /// - Parameter path: The site file; a bare name such as `river` means an example site.
  /// - Throws: `HostError` when the file cannot be read, `ConfigurationError` with all that is
  ///   wrong in it.
  public func load(_ path: String) throws -> (site: Site, warnings: [Diagnostic]) {
    try SiteConfiguration.load(site: text(at: file(path), name: path), profiles: profile)
  }

  /// The scenario that stands beside a site file and bears its name, `road.csv` beside
  /// `road.yaml`; nil where there is none.
  public func scenario(of path: String) -> String? {
    let file = file(path)
    guard file.hasSuffix(".yaml") else { return nil }
    let scenario = "\(file.dropLast(".yaml".count)).csv"
    return fileSize(scenario) == nil ? nil : scenario
  }

  /// The file that `path` means: a bare name is an example site.
  private func file(_ path: String) -> String {
    let isBareName = !path.contains("/") && !path.hasSuffix(".yaml")
    return isBareName ? "\(siteFolder)/\(path).yaml" : path
  }

  /// The text of the profile `id`, or nil where no folder has it.
  public func profile(_ id: String) -> SourceText? {
    // The id becomes part of a path; nothing but names below the folder may be reached by it.
    guard
      id.split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") })
    else { return nil }
    for folder in profileFolders {
      if let text = try? text(at: "\(folder)/\(id).yaml", name: id) { return text }
    }
    return nil
  }

  /// The ids of all profiles that the folders hold, sorted, each once.
  public var profileIDs: [String] {
    var ids: Set<String> = []
    for folder in profileFolders {
      for maker in folderNames(folder) {
        for file in folderNames("\(folder)/\(maker)") where file.hasSuffix(".yaml") {
          ids.insert("\(maker)/\(file.dropLast(".yaml".count))")
        }
      }
    }
    return ids.filter { profile($0) != nil }.sorted()
  }

  private func text(at path: String, name: String) throws(HostError) -> SourceText {
    SourceText(name: name, text: String(decoding: try readFile(path), as: UTF8.self))
  }

  /// The folder above the running program that holds the sources it was built from.
  private static var checkout: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return nil }
    var parts = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      .split(separator: "/")
    while !parts.isEmpty {
      parts.removeLast()
      let folder = "/" + parts.joined(separator: "/")
      if fileSize("\(folder)/Devices/schema") != nil { return folder }
    }
    return nil
  }
}
