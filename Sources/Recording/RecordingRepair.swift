public import Delivery
internal import FieldLog
internal import LinuxHost

/// Turns a recording that was cut or damaged into one that any tool opens.
public enum RecordingRepair {
  /// What came over.
  public struct Result: Sendable {
    /// Bytes of sound records.
    public let bytesKept: UInt64
    /// Bytes that were passed over.
    public let bytesLost: UInt64
    /// How many damages were met.
    public let damageCount: Int
    /// The first of them; nil for an intact recording.
    public let firstDamage: LocalizedText?
  }

  /// Writes every sound record of `source` into the new file `target`.
  ///
  /// - Throws: `HostError` when a file cannot be read or made; an existing target is never
  ///   overwritten.
  public static func repair(_ source: String, into target: String) throws -> Result {
    let file = try ReadableFile(source)
    let repaired = try GrowingFile(creating: target)
    var reader = MCAPReader<HostError>(byteCount: UInt64(file.byteCount)) {
      offset, count throws(HostError) in
      try file.read(at: offset, count: count)
    }
    let recovery = try reader.rewrite { try repaired.append($0) }
    try repaired.synchronize()
    return Result(
      bytesKept: recovery.bytesKept, bytesLost: recovery.bytesLost,
      damageCount: recovery.damageCount, firstDamage: recovery.firstDamage?.text(at: source))
  }
}
