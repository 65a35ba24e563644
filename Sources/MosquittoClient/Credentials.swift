import Delivery
import Glibc

/// User name and password of a destination. The password comes from a file, stays in memory, and
/// is in no error and no description.
struct Credentials: CustomStringConvertible {
  let username: String
  let password: String?

  var description: String { username }

  /// Longer than any password; MQTT itself ends at 65,535 bytes.
  private static let maximumBytes = 1024

  /// Nil where the plan names no user.
  init?(plan: DestinationPlan) throws(BrokerError) {
    guard let username = plan.username else { return nil }
    self.username = username
    password = if let path = plan.passwordFile { try Self.password(in: path) } else { nil }
  }

  /// The file's first line.
  private static func password(in path: String) throws(BrokerError) -> String {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .badFile(path: path, reason: systemReason()) }
    defer { close(file) }
    var status = stat()
    guard unsafe fstat(file, &status) == 0 else {
      throw .badFile(path: path, reason: systemReason())
    }
    guard status.st_mode & 0o077 == 0 || isCredential(path) else {
      throw .badFile(
        path: path, reason: "others than its owner may read the password; chmod 600 it")
    }
    var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe read(file, buffer.baseAddress, buffer.count)
    }
    guard count >= 0 else { throw .badFile(path: path, reason: systemReason()) }
    let line = bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard let password = String(validating: line, as: UTF8.self), !line.isEmpty,
      line.count <= maximumBytes, !line.contains(0)
    else {
      throw .badFile(
        path: path, reason: "expected one line of UTF-8 text, 1 to \(maximumBytes) bytes long")
    }
    return password
  }
}

/// True where the service manager has laid the file where this service alone may look (systemd.exec(5)); newer
/// ones do so by an access list, which shows in the mode as if a group could read it.
private func isCredential(_ path: String) -> Bool {
  guard let folder = unsafe getenv("CREDENTIALS_DIRECTORY").map({ unsafe String(cString: $0) }),
    folder.hasPrefix("/"), path.hasPrefix(folder + "/")
  else { return false }
  return !path.dropFirst(folder.count + 1).contains("/")
}

extension DestinationPlan.Security {
  /// Throws for the first file that cannot be read.
  func checkFiles() throws(BrokerError) {
    guard case .tls(let authorities, let certificate, let key) = self else { return }
    for path in [authorities, certificate, key] {
      guard let path else { continue }
      guard unsafe access(path, R_OK) == 0 else {
        throw .badFile(path: path, reason: systemReason())
      }
    }
    guard (certificate == nil) == (key == nil) else {
      throw .badSettings(reason: "a client certificate needs a key file, and the other way round")
    }
  }
}

private func systemReason() -> String { unsafe String(cString: strerror(errno)) }
