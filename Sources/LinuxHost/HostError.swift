internal import Glibc

/// What the operating system refused, in words.
public struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, such as `open /var/lib/nomori/outbox.db`.
  public var attempt: String
  /// The error number, as in errno.
  public var code: Int32

  /// Makes an error.
  public init(attempt: String, code: Int32) {
    self.attempt = attempt
    self.code = code
  }

  /// "cannot open …: No space left on device".
  public var description: String {
    unsafe "cannot \(attempt): \(String(cString: strerror(code)))"
  }

  /// True when the device or quota has no room left.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }

  /// True when the path itself is wrong: nothing there, no permission, or not a file.
  public var isAboutPath: Bool { [ENOENT, EACCES, EISDIR, ENOTDIR].contains(code) }

  /// The result of a call that reports failure as a negated error number.
  static func check<Number: SignedInteger>(
    _ result: Number, _ attempt: @autoclosure () -> String
  ) throws(HostError) -> Number {
    guard result >= 0 else { throw HostError(attempt: attempt(), code: Int32(-result)) }
    return result
  }

  /// The result of a call that reports failure as -1 and errno; repeated while interrupted.
  static func checkErrno<Number: SignedInteger>(
    _ attempt: @autoclosure () -> String, _ call: () -> Number
  ) throws(HostError) -> Number {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { throw HostError(attempt: attempt(), code: code) }
    }
  }
}
