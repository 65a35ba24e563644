internal import CLinux
internal import Glibc

/// A file from beginning to end, piece by piece, unpacked where its name says that it is packed
/// (`.gz`, `.zst`).
public final class FilePieces {
  /// What comes next.
  public enum Piece {
    case bytes([UInt8])
    case end
    /// The rest cannot be read, with the reason in words.
    case damage(String)
  }

  private let descriptor: OwnedDescriptor
  private let unpacker: ChildProcess?
  private let unpackerName: String
  private var block = [UInt8](repeating: 0, count: 1 << 18)

  /// Opens `path`.
  ///
  /// - Throws: `HostError` with the path in its words.
  public init(_ path: String) throws(HostError) {
    let file = OwnedDescriptor(
      number: try HostError.checkErrno("open \(path)") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    let tool = [".gz": "gzip", ".zst": "zstd"].first { path.hasSuffix($0.key) }?.value
    unpackerName = tool ?? ""
    guard let tool else {
      descriptor = file
      unpacker = nil
      return
    }
    // The far side is the child's alone once this scope ends, or the end would never be seen.
    let (near, far) = try OwnedDescriptor.pair()
    descriptor = near
    unpacker = try ChildProcess([tool, "-dc"], input: file, output: far, hasErrors: false)
  }

  deinit { unpacker?.kill() }

  /// Reads on.
  public func next() -> Piece {
    while true {
      let count = unsafe block.withUnsafeMutableBytes {
        unsafe read(descriptor.number, $0.baseAddress, $0.count)
      }
      if count > 0 { return .bytes(Array(block[..<count])) }
      if count < 0 {
        if errno == EINTR { continue }
        return .damage(HostError(attempt: "read it", code: errno).description)
      }
      switch unpacker?.wait() ?? 0 {
      case 0: return .end
      case 127: return .damage("\(unpackerName), which unpacks it, is not installed")
      default: return .damage("the packed data (\(unpackerName)) are cut off or damaged")
      }
    }
  }
}

/// The text that `bytes` spell in a character set known to iconv, such as `SHIFT_JIS`; nil where they
/// spell none, or the system does not know the set.
public func text(_ bytes: ArraySlice<UInt8>, in characterSet: String) -> String? {
  let source = Array(bytes)
  // No character set in use makes more than four bytes of UTF-8 out of one.
  var target = [UInt8](repeating: 0, count: source.count * 4 + 4)
  let count = unsafe source.withUnsafeBytes { from in
    unsafe target.withUnsafeMutableBytes { to in
      unsafe clinux_to_utf8(characterSet, from.baseAddress, from.count, to.baseAddress, to.count)
    }
  }
  guard count >= 0 else { return nil }
  return String(validating: target[..<Int(count)], as: UTF8.self)
}
