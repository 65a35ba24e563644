import DeviceProfiles
import Polling

/// What was heard since a request, and where in it the answer stands.
///
/// On a serial line the answer is looked for at every byte: a stray byte before it, the adapter's
/// own copy of the request, and other units' frames do not hide it. Over TCP frames follow one another, each
/// with its length; the answer is the one with the request's number, and then unit, function, length
/// and what it repeats of the request must fit.
struct AnswerSearch {
  /// What was heard.
  private(set) var heard: [UInt8] = []
  /// Whether the adapter of this line hears what it sends; nil while that is not known.
  private(set) var hearsItself: Bool?

  init() { heard.reserveCapacity(Self.capacity) }

  /// The most that is kept: a copy of the request, the longest answer, and as much noise.
  static var capacity: Int { 3 * RequestFrame.longest }

  var isFull: Bool { heard.count >= Self.capacity }

  /// What the bytes say so far.
  enum Finding: Equatable {
    /// The answer's contents behind the function code.
    case answer(Range<Int>)
    /// The request was refused, or what came in answer to it does not fit.
    case fault(BusFault)
    /// A copy of the request, which may be its answer, or what the adapter hears of itself.
    case ambiguous(Range<Int>)
    /// Not yet.
    case nothing
  }

  /// Forgets what was heard, for the next request.
  mutating func begin() { heard.removeAll(keepingCapacity: true) }

  mutating func hear(_ bytes: UnsafeRawBufferPointer) {
    for index in 0..<bytes.count where !isFull { unsafe heard.append(bytes[index]) }
  }

  /// Looks for the answer to `request`.
  mutating func find(_ request: borrowing RequestFrame) -> Finding {
    switch request.framing {
    case .tcp: return findFrame(request)
    case .rtu: break
    }
    let finding = findAnywhere(request)
    guard case .answer(let body) = finding else { return finding }
    if body.lowerBound > 2 {
      if isCopied(request) { hearsItself = true }
    } else if !request.isAnsweredByItself {
      hearsItself = false
    }
    return finding
  }

  /// What is wrong with what was heard, once it has fallen silent; nil where the answer may still
  /// begin.
  mutating func fault(of request: borrowing RequestFrame) -> BusFault? {
    switch request.framing {
    case .tcp: return heard.count > framesEnd ? .timeout : nil
    case .rtu: break
    }
    if isCopied(request), !request.isAnsweredByItself { hearsItself = true }
    let start = isCopied(request) && hearsItself != false ? request.bytes.count : 0
    if let stranger = strangeUnit(from: start) {
      return stranger == request.unit ? .unexpectedAnswer : .wrongUnit
    }
    for index in start..<max(start, heard.count - 1) where isBegun(request, at: index) {
      guard let end = end(of: request, at: index) else { continue }
      return end <= heard.count ? .badChecksum : .timeout
    }
    return nil
  }

  /// What to call it when the time is over, and `fault` knows nothing.
  func faultAtEnd(of request: borrowing RequestFrame) -> BusFault {
    switch request.framing {
    case .tcp: return framesEnd > 0 ? .unexpectedAnswer : .timeout
    case .rtu:
      let rest = heard.count - (isCopied(request) ? request.bytes.count : 0)
      return rest < 4 ? .timeout : .badChecksum
    }
  }

  /// True where what was heard begins with the request itself.
  private func isCopied(_ request: borrowing RequestFrame) -> Bool {
    request.framing == .rtu && heard.starts(with: request.bytes)
  }

  private func word(_ index: Int) -> Int { Int(heard[index]) << 8 | Int(heard[index + 1]) }
}

// MARK: Serial lines

extension AnswerSearch {
  private func findAnywhere(_ request: borrowing RequestFrame) -> Finding {
    var copy: Range<Int>?
    for index in 0..<max(0, heard.count - 3) where isBegun(request, at: index) {
      guard let end = wholeEnd(of: request, at: index) else { continue }
      let body = (index + 2)..<(end - 2)
      if heard[index + 1] != request.function {
        return .fault(.init(exceptionCode: heard[index + 2]))
      }
      guard fits(body, request) else { continue }
      let isCopy = heard[index..<end].elementsEqual(request.bytes)
      guard isCopy, hearsItself != false else { return .answer(body) }
      // The second copy is the answer where a write is answered by a copy.
      if request.isAnsweredByItself, let copy, copy.upperBound + 2 <= index {
        return .answer(body)
      }
      if copy == nil { copy = body }
    }
    guard let copy, request.isAnsweredByItself, hearsItself == nil else { return .nothing }
    return .ambiguous(copy)
  }

  /// True where an answer could begin: unit and function code fit.
  private func isBegun(_ request: borrowing RequestFrame, at index: Int) -> Bool {
    heard[index] == request.unit && heard[index + 1] & 0x7F == request.function
  }

  /// Where the answer that begins at `index` ends, checksum included, as far as its first bytes
  /// tell; nil where no answer to the request begins so.
  private func end(of request: borrowing RequestFrame, at index: Int) -> Int? {
    guard heard[index + 1] == request.function else { return index + 5 }
    guard index + 2 < heard.count else { return index + 5 }
    switch request.form {
    case .data(let count):
      return heard[index + 2] == UInt8(truncatingIfNeeded: count) ? index + 5 + count : nil
    case .echo(let count): return index + 4 + count
    case .counted: return index + 5 + Int(heard[index + 2])
    case .open: return index + 4
    }
  }

  /// Where the whole answer that begins at `index` ends; nil where it is not there, or damaged.
  private func wholeEnd(of request: borrowing RequestFrame, at index: Int) -> Int? {
    guard let end = end(of: request, at: index), end <= heard.count else { return nil }
    guard request.form == .open, heard[index + 1] == request.function else {
      return hasChecksum(index..<end) ? end : nil
    }
    return (end...min(heard.count, index + 256)).first { hasChecksum(index..<$0) }
  }

  private func hasChecksum(_ frame: Range<Int>) -> Bool {
    let last = frame.upperBound - 2
    let checksum = RTUFrame.checksum(of: heard[frame.lowerBound..<last])
    return heard[last] == UInt8(checksum & 0xFF) && heard[last + 1] == UInt8(checksum >> 8)
  }

  /// The unit of a whole frame that is no answer to the request; nil where there is none.
  private func strangeUnit(from start: Int) -> UInt8? {
    for index in start..<max(start, heard.count - 4) {
      let length =
        switch heard[index + 1] {
        case 1...4, 17, 23: 5 + Int(heard[index + 2])
        case 5, 6, 15, 16: 8
        case 22: 10
        default: 5
        }
      if index + length <= heard.count, hasChecksum(index..<(index + length)) {
        return heard[index]
      }
    }
    return nil
  }
}

// MARK: TCP

extension AnswerSearch {
  private func findFrame(_ request: borrowing RequestFrame) -> Finding {
    var index = 0
    while isWhole(at: index) {
      guard word(index + 2) == 0, (3...254).contains(word(index + 4)) else {
        return .fault(.unexpectedAnswer)
      }
      let end = index + 6 + word(index + 4)
      guard word(index) == Int(request.transaction) else {
        index = end
        continue
      }
      guard heard[index + 6] == request.unit else { return .fault(.wrongUnit) }
      let body = (index + 8)..<end
      if heard[index + 7] == request.function | 0x80, body.count == 1 {
        return .fault(.init(exceptionCode: heard[index + 8]))
      }
      guard heard[index + 7] == request.function, fits(body, request) else {
        return .fault(.unexpectedAnswer)
      }
      return .answer(body)
    }
    return .nothing
  }

  /// True where a frame begins at `index` that is there as a whole, or that cannot be one.
  private func isWhole(at index: Int) -> Bool {
    guard heard.count >= index + 8 else { return false }
    guard word(index + 2) == 0, (3...254).contains(word(index + 4)) else { return true }
    return heard.count >= index + 6 + word(index + 4)
  }

  /// The end of the frames that are there as a whole.
  private var framesEnd: Int {
    var index = 0
    while isWhole(at: index) {
      guard word(index + 2) == 0 else { return heard.count }
      index += 6 + word(index + 4)
    }
    return min(index, heard.count)
  }

  /// True where the contents of an answer are as the request wants them.
  private func fits(_ body: Range<Int>, _ request: borrowing RequestFrame) -> Bool {
    switch request.form {
    case .data(let count): body.count == count + 1 && Int(heard[body.lowerBound]) == count
    case .echo(let count):
      body.count == count && heard[body].elementsEqual(request.data.prefix(count))
    case .counted: body.count == 1 + Int(heard[body.lowerBound])
    case .open: true
    }
  }
}

extension BusFault {
  /// A refusal; a code that Modbus does not have is no answer.
  init(exceptionCode code: UInt8) {
    self = (1...11).contains(code) ? .exception(code) : .unexpectedAnswer
  }
}
