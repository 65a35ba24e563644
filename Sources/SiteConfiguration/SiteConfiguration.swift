internal import Delivery
internal import DetectionCore
internal import DeviceProfiles

/// Turns the text of a site file, and of the device profiles that it names, into a checked site.
///
/// This module opens no file and asks no clock: the same texts give the same site, so that a
/// recording that holds them can be replayed on another machine, years later.
public enum SiteConfiguration {
  /// Reads, checks and compiles a site.
  ///
  /// - Parameters:
  ///   - site: the text of the site file.
  ///   - profiles: gives the text of the profile with an id such as `keller/36xiw`, or nil where
  ///     there is none. It is called once for each id, in the order of the file.
  /// - Returns: the site, and what somebody should look at although the site can be used.
  /// - Throws: everything that is wrong in all files, at once.
  public static func load(
    site: SourceText, profiles: (String) -> SourceText?
  ) throws(ConfigurationError) -> (site: Site, warnings: [Diagnostic]) {
    let log = DiagnosticLog()
    guard let root = YAMLDocument.read(site, into: log) else { throw log.error }
    var reader = SiteReader(log: log)
    reader.read(Section(root), profiles: profiles)
    guard !log.hasErrors, let compiled = reader.site(from: site) else { throw log.error }
    do {
      try compiled.detection.check()
    } catch {
      root.report(
        found: .shown(error.description),
        expected: both("a plan that the core takes", "検出部が受け付ける計画"))
      throw log.error
    }
    return (compiled, log.error.diagnostics)
  }
}

extension DiagnosticLog {
  /// All that was found, file by file in the order of first mention, and down each file.
  var error: ConfigurationError {
    var files: [String] = []
    for diagnostic in diagnostics where !files.contains(diagnostic.file) {
      files.append(diagnostic.file)
    }
    let sorted = files.flatMap { file in
      diagnostics.filter { $0.file == file }
        .sorted {
          ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }
    return ConfigurationError(diagnostics: sorted)
  }
}
