internal import Glibc

/// Why a file that holds what only its owner may know is not read.
public enum PrivateFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Others than its owner may read it.
  case readableByOthers(path: String)
  /// The system refuses.
  case refused(HostError)

  /// A sentence with what to do.
  public var description: String {
    switch self {
    case .readableByOthers(let path):
      "\(path): others than its owner may read it; chmod 600 it"
    case .refused(let error): "\(error)"
    }
  }
}

/// Reads a file that holds addresses or secrets; one that its group or others can read is refused, unless the
/// service manager has laid it where this service alone may look, whatever its mode says there.
public func readPrivateFile(
  _ path: String, maximumBytes: Int = 1 << 20
) throws(PrivateFileError) -> [UInt8] {
  var status = stat()
  guard
    unsafe stat(path, &status) != 0 || status.st_mode & 0o077 == 0
      || isCredential(path, of: environmentVariable("CREDENTIALS_DIRECTORY"))
  else { throw .readableByOthers(path: path) }
  do {
    return try readFile(path, maximumBytes: maximumBytes)
  } catch { throw .refused(error) }
}

/// True where `path` is a file in `folder`, the one in which the service manager lays a service's credentials
/// (systemd.exec(5)).
func isCredential(_ path: String, of folder: String?) -> Bool {
  guard let folder, folder.hasPrefix("/"), path.hasPrefix(folder + "/") else { return false }
  return !path.dropFirst(folder.count + 1).contains("/")
}

/// The first line of a file that holds a secret.
public func readSecret(_ path: String) throws(PrivateFileError) -> String {
  let bytes = try readPrivateFile(path, maximumBytes: 4096)
  return String(
    decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
}
