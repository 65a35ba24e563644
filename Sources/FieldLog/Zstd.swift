import CZstd

/// Compresses chunks; the working memory is made once and used for each.
///
/// Sendable: the context has one owner (the type cannot be copied), and zstd binds a context to no
/// thread.
@safe struct ZstdCompressor: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer
  private let level: Int32

  init(level: Int) {
    guard let context = unsafe ZSTD_createCCtx() else {
      preconditionFailure("no memory for a zstd context")
    }
    unsafe self.context = unsafe context
    self.level = Int32(clamping: level)
  }

  deinit { unsafe ZSTD_freeCCtx(context) }

  /// The compressed form of `bytes`.
  mutating func compress(_ bytes: [UInt8]) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
      // The buffer holds `bound` bytes, with which this call cannot fail.
      let result = unsafe bytes.withUnsafeBytes { input in
        unsafe ZSTD_compressCCtx(
          context, output.baseAddress, bound, input.baseAddress, input.count, level)
      }
      precondition(ZSTD_isError(result) == 0, "zstd refused \(bytes.count) bytes")
      count = result
    }
  }
}

/// Expands chunks.
enum Zstd {
  /// The `count` bytes that `bytes` hold, or nil when they are damaged or hold another number of
  /// bytes. Never takes more memory than `count` bytes and zstd's fixed working memory.
  static func expand(_ bytes: ArraySlice<UInt8>, to count: Int) -> [UInt8]? {
    var expanded = 0
    let output = unsafe [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
      let result = unsafe bytes.withUnsafeBytes { input in
        unsafe ZSTD_decompress(output.baseAddress, count, input.baseAddress, input.count)
      }
      expanded = ZSTD_isError(result) == 0 ? result : -1
      initialized = max(expanded, 0)
    }
    return expanded == count ? output : nil
  }
}
