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

/// Reads a file that holds addresses or secrets; one that its group or others can read is refused.
public func readPrivateFile(
  _ path: String, maximumBytes: Int = 1 << 20
) throws(PrivateFileError) -> [UInt8] {
  var status = stat()
  guard unsafe stat(path, &status) != 0 || status.st_mode & 0o077 == 0 else {
    throw .readableByOthers(path: path)
  }
  do {
    return try readFile(path, maximumBytes: maximumBytes)
  } catch { throw .refused(error) }
}

/// The first line of a file that holds a secret.
public func readSecret(_ path: String) throws(PrivateFileError) -> String {
  let bytes = try readPrivateFile(path, maximumBytes: 4096)
  return String(
    decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }, as: UTF8.self)
}
