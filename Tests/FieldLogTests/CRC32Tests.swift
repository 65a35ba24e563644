import FieldLog
import Testing

@Suite struct CRC32Tests {
  @Test func theStandardCheckValueIsReproduced() {
    #expect(CRC32.checksum(of: Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.checksum(of: []) == 0)
    #expect(CRC32.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0xFF6C_AB0B)
  }

  @Test(arguments: 0...40)
  func anyDivisionOfTheBytesGivesTheSameValue(cut: Int) {
    let bytes = (0..<40).map { UInt8($0 * 37 % 251) }
    var checksum = CRC32()
    checksum.update(bytes[..<cut])
    checksum.update(bytes[cut...])
    #expect(checksum.value == CRC32.checksum(of: bytes))
  }
}
