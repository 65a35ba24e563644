/// Bytes as text of 64 characters (RFC 4648), as mail carries everything that is not plain ASCII.
func base64(_ bytes: some Sequence<UInt8>) -> String {
  let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  var group: UInt32 = 0
  var count = 0
  func write(_ characters: Int) {
    for place in 0..<characters {
      text.append(letters[Int(group >> UInt32(18 - 6 * place) & 63)])
    }
  }
  for byte in bytes {
    group |= UInt32(byte) << UInt32(16 - 8 * count)
    count += 1
    if count == 3 {
      write(4)
      (group, count) = (0, 0)
    }
  }
  if count > 0 {
    write(count + 1)
    text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - count)
  }
  return String(decoding: text, as: UTF8.self)
}
