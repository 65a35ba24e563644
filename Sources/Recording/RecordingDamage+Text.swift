internal import Delivery
internal import FieldLog

extension RecordingDamage {
  /// One sentence for the user, about the recording at `path`.
  func text(at path: String) -> LocalizedText {
    both(
      "\(path) at byte \(offset): \(reason.text.english)"
        + (byteCount == 0 ? "" : ", \(byteCount) bytes passed over"),
      "\(path) の \(offset) バイト目: \(reason.text.japanese)"
        + (byteCount == 0 ? "" : "。\(byteCount) バイトを読み飛ばしました"))
  }
}

extension RecordingDamage.Reason {
  fileprivate var text: LocalizedText {
    switch self {
    case .notARecording: both("not an MCAP file", "MCAP ファイルではありません")
    case .cut:
      both("the file ends before the recording does", "記録の途中でファイルが終わっています")
    case .malformed(let opcode):
      both("malformed record of kind \(opcode)", "種別 \(opcode) のレコードの形式が不正です")
    case .unknownRecord(let opcode):
      both("unknown kind of record (\(opcode))", "レコードの種別 \(opcode) は未知のものです")
    case .tooLarge(let byteCount, let limit):
      both(
        "record of \(byteCount) bytes, above the limit of \(limit)",
        "レコードが \(byteCount) バイトあり、上限の \(limit) バイトを超えています")
    case .checksumMismatch(let stored, let computed):
      both(
        "checksum is \(hex(computed)), should be \(hex(stored))",
        "チェックサムが \(hex(computed)) です（正: \(hex(stored))）")
    case .unknownCompression(let name):
      both(
        "unknown compression “\(name)”, expected zstd or none",
        "圧縮方式「\(name)」は未知のものです（zstd または無圧縮）")
    case .notExpandable: both("the chunk cannot be decompressed", "チャンクを展開できません")
    case .unknownChannel(let channel):
      both(
        "message of undeclared channel \(channel.rawValue)",
        "宣言されていないチャンネル \(channel.rawValue) のメッセージです")
    }
  }
}

private func hex(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

/// A text in both languages.
func both(_ english: String, _ japanese: String) -> LocalizedText {
  LocalizedText(english: english, japanese: japanese)
}
