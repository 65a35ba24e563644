import Delivery
import Glibc

/// The number of starts in a text file of its own, replaced as a whole.
struct SessionFile {
  let path: String

  /// The number; 0 when there is no file, or none that makes sense.
  func read() -> UInt32 {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe Glibc.read(file, buffer.baseAddress, buffer.count)
    }
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    // Two billion starts are more than any box will see; such a number is damage.
    guard let number = UInt32(text.prefix { $0 != "\n" }), number < 1 << 31 else { return 0 }
    return number
  }

  /// Replaces the number; a power cut leaves the old one or the new one.
  func write(_ number: UInt32) throws(FactStoreError) {
    let temporary = path + ".new"
    let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
    guard file >= 0 else { throw failure() }
    let text = Array("\(number)\n".utf8)
    let written = unsafe text.withUnsafeBytes { buffer in
      unsafe Glibc.write(file, buffer.baseAddress, buffer.count)
    }
    let isComplete = written == text.count && fsync(file) == 0
    close(file)
    guard isComplete, unsafe rename(temporary, path) == 0 else { throw failure() }
  }

  private func failure() -> FactStoreError { FactStoreError(errno: errno, path: path) }
}
