internal import Foundation
internal import Glibc

/// Writes a line to standard output at once, also into a pipe.
func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

/// Writes a line to standard error.
func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

/// Writes text as it is to standard output.
func show(_ text: String) { write(text, to: STDOUT_FILENO) }

/// A value as one line of JSON, its keys in alphabetical order.
func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// A reader that has gone away, such as `head`, is no reason to stop a gateway: what it does not
/// want to hear is not said.
func write(_ text: String, to descriptor: Int32) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes {
      unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    if count > 0 {
      rest = rest.dropFirst(count)
    } else if errno != EINTR {
      return
    }
  }
}
