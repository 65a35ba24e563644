import LinuxHost

/// A folder that is removed with the value.
package final class TemporaryFolder: Sendable {
  package let path: String
  package init() throws { path = try makeTemporaryFolder(prefix: "nomori-test") }
  deinit { removeFolder(path) }
}
