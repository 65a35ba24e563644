extension FramedMessage {
  /// True where it is a block of labelled lines.
  var isBlock: Bool {
    if case .labels = content { true } else { false }
  }

  /// How many bytes a field always has; nil where that is open.
  func width(ofField field: Int) -> Int? {
    switch content {
    case .pattern(let pattern): pattern.width(ofField: field)
    case .bytes(let ranges): ranges[field].count
    case .labels: nil
    }
  }

  /// An example with other texts in its fields.
  ///
  /// - Parameters:
  ///   - example: The content of a frame that holds the message.
  ///   - fields: Where its fields stand there.
  ///   - texts: One a field; nil leaves a label out of its block.
  func content(_ example: [UInt8], fields: [Range<Int>], with texts: [[UInt8]?]) -> [UInt8] {
    var content = example
    for field in fields.indices.sorted(by: { fields[$0].lowerBound > fields[$1].lowerBound }) {
      let isAbsent = isBlock && fields[field] == 0..<0
      switch texts[field] {
      case .some(let text) where isAbsent: addLabel(field, text, to: &content)
      case .some(let text): content.replaceSubrange(fields[field], with: text)
      case nil where !isAbsent: removeLine(around: fields[field], from: &content)
      case nil: break
      }
    }
    return content
  }

  /// The label `Checksum` and its tabulator end each block.
  private func addLabel(_ field: Int, _ text: [UInt8], to block: inout [UInt8]) {
    guard case .labels(let labels) = content else { return }
    block.insert(
      contentsOf: labels[field] + [0x09] + text + [0x0D, 0x0A],
      at: max(0, block.count - "Checksum\t".utf8.count))
  }

  private func removeLine(around value: Range<Int>, from block: inout [UInt8]) {
    let start = block[..<value.lowerBound].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    block.removeSubrange(start..<min(block.count, value.upperBound + 2))
  }
}
