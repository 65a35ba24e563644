internal import CLinux
internal import Glibc

/// Lets the owner write, the owner and the group read, and nobody else do anything with files that are made from
/// now on.
public func restrictNewFiles() { umask(0o027) }

/// Reads a whole file.
///
/// - Parameters:
///   - path: The file.
///   - maximumBytes: A longer file is refused, so that a wrong path cannot fill the memory.
/// - Throws: `HostError` with the path in its words.
public func readFile(_ path: String, maximumBytes: Int = 64 << 20) throws(HostError) -> [UInt8] {
  let number = try HostError.checkErrno("open \(path)") { unsafe open(path, O_RDONLY | O_CLOEXEC) }
  let descriptor = OwnedDescriptor(number: number)
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = try HostError.checkErrno("read \(path)") {
      unsafe block.withUnsafeMutableBytes {
        unsafe read(descriptor.number, $0.baseAddress, $0.count)
      }
    }
    guard count > 0 else { return bytes }
    guard bytes.count + count <= maximumBytes else {
      throw HostError(attempt: "read \(path) (more than \(maximumBytes) bytes)", code: EFBIG)
    }
    bytes.append(contentsOf: block[..<count])
  }
}

/// A file that is read piece by piece.
public final class ReadableFile: Sendable {
  /// Its size when it was opened.
  public let byteCount: Int
  private let path: String
  private let descriptor: OwnedDescriptor

  /// Opens `path`.
  ///
  /// - Throws: `HostError` with the path in its words.
  public init(_ path: String) throws(HostError) {
    self.path = path
    descriptor = OwnedDescriptor(
      number: try HostError.checkErrno("open \(path)") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    byteCount = fileSize(path) ?? 0
  }

  /// Reads `count` bytes from `offset` on; fewer only where the file ends.
  ///
  /// - Throws: `HostError` when the disk refuses.
  public func read(at offset: UInt64, count: Int) throws(HostError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let more = try HostError.checkErrno("read \(path)") {
        unsafe bytes.withUnsafeMutableBytes { buffer in
          unsafe pread(
            descriptor.number, buffer.baseAddress?.advanced(by: filled), count - filled,
            off_t(offset) + filled)
        }
      }
      guard more > 0 else { break }
      filled += more
    }
    return Array(bytes.prefix(filled))
  }
}

/// A file that only ever grows.
public final class GrowingFile: Sendable {
  /// Where it stands.
  public let path: String
  private let descriptor: OwnedDescriptor

  /// Makes a new, empty file; an existing one of that name is never overwritten.
  ///
  /// - Throws: `HostError`, such as EEXIST, ENOENT or ENOSPC.
  public init(creating path: String) throws(HostError) {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC
    descriptor = OwnedDescriptor(
      number: try HostError.checkErrno("make \(path)") { unsafe open(path, flags, 0o640) })
  }

  /// Appends `bytes`.
  ///
  /// - Throws: `HostError`; part of `bytes` may have been written.
  public func append(_ bytes: [UInt8]) throws(HostError) {
    do {
      try descriptor.write(bytes)
    } catch {
      throw HostError(attempt: "write \(path)", code: error.code)
    }
  }

  /// Waits until everything appended is on the disk.
  ///
  /// - Throws: `HostError` when the disk refuses.
  public func synchronize() throws(HostError) {
    _ = try HostError.checkErrno("write \(path) to disk") { fdatasync(descriptor.number) }
  }
}

/// Writes a file that others see whole or not at all; one that is there already stays as it is.
///
/// - Throws: `HostError` where the disk refuses; then nothing of it is seen.
public func writeWholeFile(_ path: String, _ bytes: [UInt8]) throws(HostError) {
  guard fileSize(path) == nil else { return }
  let parts = path.split(separator: "/", omittingEmptySubsequences: false)
  let folder = parts.dropLast().joined(separator: "/") + "/"
  let part = "\(folder).\(parts[parts.count - 1]).part"
  // What a killed run left.
  removeFile(part)
  do throws(HostError) {
    let file = try GrowingFile(creating: part)
    try file.append(bytes)
    try file.synchronize()
    _ = try HostError.checkErrno("name \(path)") { unsafe rename(part, path) }
  } catch {
    removeFile(part)
    throw error
  }
  let number = try HostError.checkErrno("open \(folder)") {
    unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  }
  let descriptor = OwnedDescriptor(number: number)
  _ = try HostError.checkErrno("write \(folder) to disk") { fsync(descriptor.number) }
}

/// Makes the folder `path` and its parents where they are absent.
///
/// - Throws: `HostError` naming the folder that could not be made.
public func makeFolder(_ path: String) throws(HostError) {
  var made = path.hasPrefix("/") ? "" : "."
  for part in path.split(separator: "/") {
    made += "/" + part
    guard unsafe mkdir(made, 0o750) != 0, errno != EEXIST else { continue }
    throw HostError(attempt: "make the folder \(made)", code: errno)
  }
}

/// The names in a folder, sorted; empty where the folder is absent.
public func folderNames(_ path: String) -> [String] {
  guard let folder = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// The size of a file in bytes, or nil where it cannot be looked at.
public func fileSize(_ path: String) -> Int? {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return nil }
  return Int(status.st_size)
}

/// Removes a file; one that is not there is gone already.
public func removeFile(_ path: String) { _ = unsafe unlink(path) }

/// Makes `path` a symbolic link to `target`; a link that leads nowhere is replaced, anything else
/// stays.
///
/// - Throws: `HostError`, such as EEXIST, ENOENT or EACCES.
public func makeLink(_ path: String, to target: String) throws(HostError) {
  var status = stat()
  let isLink = unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  if isLink, unsafe stat(path, &status) != 0 { removeFile(path) }
  _ = try HostError.checkErrno("make the link \(path)") { unsafe symlink(target, path) }
}

/// Makes an empty folder of its own below the system's folder for temporary files.
///
/// - Throws: `HostError` where that is not possible.
public func makeTemporaryFolder(prefix: String) throws(HostError) -> String {
  let base = environmentVariable("TMPDIR") ?? "/tmp"
  var template = Array("\(base)/\(prefix)-XXXXXX".utf8CString)
  guard unsafe mkdtemp(&template) != nil else {
    throw HostError(attempt: "make a folder in \(base)", code: errno)
  }
  return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Removes a folder with all that is in it; links are removed, not followed.
public func removeFolder(_ path: String) {
  for name in folderNames(path) {
    let child = "\(path)/\(name)"
    if unsafe unlink(child) != 0 { removeFolder(child) }
  }
  unsafe rmdir(path)
}
