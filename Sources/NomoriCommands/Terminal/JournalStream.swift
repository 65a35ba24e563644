internal import Foundation
internal import Glibc

/// Where the journal of systemd reads, as it tells its services.
enum JournalStream {
  /// What the service manager has set; nil where there is none.
  static var announced: String? { ProcessInfo.processInfo.environment["JOURNAL_STREAM"] }

  /// True where `descriptor` is the stream that `name` names by its device and inode: both are inherited, but a
  /// descriptor may have been redirected since.
  static func isRead(_ descriptor: Int32, named name: String?) -> Bool {
    var status = stat()
    guard let name, unsafe fstat(descriptor, &status) == 0 else { return false }
    return name == "\(status.st_dev):\(status.st_ino)"
  }
}
