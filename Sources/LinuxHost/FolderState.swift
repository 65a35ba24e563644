internal import Glibc

/// What the system says of a folder that is to be written to, which need not be there yet.
public struct FolderState: Hashable, Sendable {
  /// The folder.
  public var path: String
  /// The folder itself, or the nearest above it that is there.
  public var existing: String
  /// True where this process may write there.
  public var isWritable: Bool
  /// Bytes that are free to this process on its disk.
  public var freeBytes: Int64
  /// Bytes that the files in it take.
  public var usedBytes: Int64

  /// Makes one out of what is known.
  public init(
    path: String, existing: String, isWritable: Bool, freeBytes: Int64, usedBytes: Int64
  ) {
    self.path = path
    self.existing = existing
    self.isWritable = isWritable
    self.freeBytes = freeBytes
    self.usedBytes = usedBytes
  }

  /// Looks at the folder `path`.
  public init(of path: String) {
    self.path = path
    var parts = path.split(separator: "/")
    let start = path.hasPrefix("/") ? "/" : "./"
    var folder = start + parts.joined(separator: "/")
    while !parts.isEmpty, unsafe access(folder, F_OK) != 0 {
      parts.removeLast()
      folder = start + parts.joined(separator: "/")
    }
    existing = folder
    isWritable = unsafe access(folder, W_OK | X_OK) == 0
    freeBytes = freeDiskBytes(at: folder) ?? 0
    usedBytes = folderNames(path).reduce(0) { $0 + Int64(fileSize("\(path)/\($1)") ?? 0) }
  }
}

/// The bytes that are free for programs like this one on the disk that `path`, which exists, lies on; nil
/// where that cannot be told.
public func freeDiskBytes(at path: String) -> Int64? {
  var space = statvfs()
  guard unsafe statvfs(path, &space) == 0 else { return nil }
  return Int64(clamping: UInt64(space.f_bavail) &* UInt64(space.f_frsize))
}
