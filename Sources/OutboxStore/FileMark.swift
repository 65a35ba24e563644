import Glibc

/// What a file looks like from outside: by it, a change that somebody else made to it is noticed without
/// opening it. To open and close it would end SQLite's locks on it.
struct FileMark: Hashable {
  /// Which file it is.
  struct Identity: Hashable {
    var device: dev_t
    var number: ino_t
  }

  let identity: Identity
  let bytes: off_t
  private let seconds: Int
  private let nanoseconds: Int

  /// The mark of the file at `path` now; nil where there is none.
  init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    identity = Identity(device: status.st_dev, number: status.st_ino)
    bytes = status.st_size
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}

/// The folder of a file.
struct FileFolder {
  let path: String

  init(of file: String) { path = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "." }

  /// The device that is mounted there; nil where there is no folder.
  var device: UInt64? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return UInt64(status.st_dev)
  }
}

/// The marks of a database file and of its log.
struct DatabaseMark: Hashable {
  let file: FileMark?
  let log: FileMark?

  init(path: String) {
    file = FileMark(path: path)
    log = FileMark(path: path + "-wal")
  }

  /// True where both are the same files as in `other`, whatever is in them.
  func isSameFiles(as other: DatabaseMark) -> Bool {
    file?.identity == other.file?.identity && log?.identity == other.log?.identity
  }
}
