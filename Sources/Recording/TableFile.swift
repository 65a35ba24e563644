public import LinuxHost
public import Tables

extension TableInput {
  /// A table in a file, unpacked where its name says that it is packed.
  ///
  /// - Throws: `HostError` when there is no such file or it cannot be read.
  public init(file path: String) throws(HostError) {
    _ = try FilePieces(path)
    self.init(
      name: path,
      decode: { bytes, encoding in text(bytes, in: encoding.rawValue.uppercased()) },
      open: {
        let pieces: FilePieces
        do throws(HostError) { pieces = try FilePieces(path) } catch {
          let reason = error.description
          return { .damage(reason) }
        }
        return {
          switch pieces.next() {
          case .bytes(let bytes): .bytes(bytes)
          case .end: .end
          case .damage(let reason): .damage(reason)
          }
        }
      })
  }
}
