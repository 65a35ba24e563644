import DetectionCore
import DeviceProfiles

/// What was asked, as far as it says which answers could belong to it.
enum AskedRequest: Equatable, Sendable {
  /// A Modbus unit was sent this.
  case registers(BusRequest)
  /// A device was asked for the message at that index of its protocol; only messages of one form are
  /// held against each other.
  case message(Int)

  /// True where a good answer to the other request could be one to this: reads are answered with
  /// nothing but a length.
  func hasAnswer(like other: AskedRequest) -> Bool {
    switch (self, other) {
    case (.registers(.read(let span)), .registers(.read(let earlier))):
      span.table == earlier.table
        && BusRequest.read(span).answerBytes == BusRequest.read(earlier).answerBytes
    case (.message, .message): true
    case (.registers, _), (.message, _): false
    }
  }

  /// True where no answer to another request could be one to this: writes are answered with their
  /// address and value, identifications by a function of their own.
  var answerProvesItself: Bool {
    switch self {
    case .registers(let request): !request.isRead
    case .message: false
    }
  }
}

/// The answer of a device on a serial line that has been missing since a time-out, or since something
/// else came instead of it, and that may still come: it is pending.
///
/// An answer on a serial line does not say which request it belongs to: of Modbus only unit,
/// function code and length can be compared, of a line of text what its pattern holds. After a
/// time-out an answer of the same form may therefore be a late one. Four rules keep it from being
/// taken for another request's:
/// - The same request may be repeated at once: whichever answer comes is the right one.
/// - Another request whose answer has the same form waits until the device has had as long as it
///   may take; what came until then is thrown away.
/// - Where that one is the first to be answered, the device is slower than its profile says or has
///   just come back, and the values count as suspect.
/// - If what came was late, one more answer is under way: it is waited for in the same way.
struct StaleResponseGuard: Sendable {
  private enum Requests {
    case none
    case one(AskedRequest)
    case several
  }

  private var requests = Requests.none
  /// True while no answer has come since the time-out.
  private var isUnanswered = false
  /// Until then the answer may come; meaningful while an answer is pending.
  private(set) var until = Instant(nanoseconds: .min)

  /// True while an answer may come that nobody waits for.
  func isPending(at now: Instant) -> Bool {
    if case .none = requests { return false }
    return now < until
  }

  /// The answer to `request` did not come; it may until `latest`.
  mutating func failed(_ request: AskedRequest, latest: Instant, at now: Instant) {
    switch requests {
    case .one(let earlier) where earlier != request && isDoubtful(request, at: now):
      requests = .several
    case .several where now < until + PollingLimits.latestAnswer: break
    case .none, .one, .several: requests = .one(request)
    }
    isUnanswered = true
    until = max(until, latest)
  }

  /// When `request` may be sent, if it must wait.
  func hold(_ request: AskedRequest, at now: Instant) -> Instant? {
    isPending(at: now) && isLikePending(request) ? until : nil
  }

  /// A good answer to `request`, which was sent at `sentAt`, has come; the one to `request` may now
  /// be the one that is pending, until `latest`.
  ///
  /// - Returns: True where it may be a late answer to another request.
  mutating func answered(_ request: AskedRequest, sentAt: Instant, latest: Instant) -> Bool {
    if case .none = requests { return false }
    let isSuspect = isUnanswered && isDoubtful(request, at: sentAt)
    if isPending(at: sentAt) {
      until = max(until, latest)
    } else if isUnanswered, sentAt < until + PollingLimits.latestAnswer {
      requests = .one(request)
      until = latest
    } else {
      requests = .none
    }
    isUnanswered = false
    return isSuspect
  }

  /// True where an answer to `request` could belong to one that is pending, however late.
  private func isDoubtful(_ request: AskedRequest, at now: Instant) -> Bool {
    isLikePending(request) && now < until + PollingLimits.latestAnswer
  }

  /// True where the answers to `request` and to another one that is pending look the same.
  private func isLikePending(_ request: AskedRequest) -> Bool {
    switch requests {
    case .none: false
    case .one(let earlier): earlier != request && request.hasAnswer(like: earlier)
    case .several: !request.answerProvesItself
    }
  }
}

extension BusRequest {
  /// True where the device only tells what stands in its registers.
  var isRead: Bool { if case .read = self { true } else { false } }

  /// True where the device has to store something; telling what it is leaves it as it was.
  var isWrite: Bool { !isRead && self != .serverID }
}
