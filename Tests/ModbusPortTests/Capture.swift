import Glibc
import LinuxHost
import Testing

/// Recorded Modbus traffic outside the project, and what others decoded of it.
enum Captures {
  /// The folder of the captures.
  static let folder: String = {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let data =
      unsafe getenv("NOMORI_DATA").map { unsafe String(cString: $0) } ?? "/\(root)/../shared/data"
    return "\(data)/modbus"
  }()

  /// True where they are there, or somebody says where they ought to be: then tests fail without them.
  static var areExpected: Bool {
    unsafe getenv("NOMORI_DATA") != nil || !folderNames(folder).isEmpty
  }
  static let skipped: Comment = "skipped: no captures; NOMORI_DATA names the folder that holds them"

  /// A table, one dictionary a row; gunzipped where only the packed file is there.
  static func table(_ path: String) throws -> [[String: String]] {
    let bytes =
      fileSize(path) == nil ? try outputOf(["gzip", "-dc", "\(path).gz"]) : try readFile(path)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let names = lines[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Dictionary(zip(names, cells)) { first, _ in first }
    }
  }
}

/// The Modbus TCP frames of a packet capture.
struct Capture {
  /// What each packet carries, by its number from 1; empty where it carries nothing.
  private(set) var payloads: [[UInt8]] = []

  /// Reads a pcap file of Ethernet, IPv4 and TCP, written on a little-endian machine.
  init(_ bytes: [UInt8]) {
    var position = 24
    while position + 16 <= bytes.count {
      let length = Int(bytes[position + 8]) | Int(bytes[position + 9]) << 8
      let packet = Array(bytes[(position + 16)..<(position + 16 + length)])
      payloads.append(Self.payload(of: packet))
      position += 16 + length
    }
  }

  private static func payload(of packet: [UInt8]) -> [UInt8] {
    // 14 bytes of Ethernet; IPv4 says its header's length and the packet's, TCP its header's.
    guard packet.count > 54, packet[12] == 8, packet[13] == 0, packet[23] == 6 else { return [] }
    let transport = 14 + 4 * Int(packet[14] & 15)
    let end = 14 + Int(packet[16]) << 8 + Int(packet[17])
    let start = transport + 4 * Int(packet[transport + 12] >> 4)
    return start < end && end <= packet.count ? Array(packet[start..<end]) : []
  }
}

/// Bytes written as hexadecimal digits; nil where there is anything else, such as a masked digit.
func bytes(hexadecimal text: String) -> [UInt8]? {
  let digits = Array(text.utf8)
  guard digits.count % 2 == 0 else { return nil }
  var bytes: [UInt8] = []
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard
      let byte = UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
    else { return nil }
    bytes.append(byte)
  }
  return bytes
}
