import DetectionCore

// How a connection ends.
extension DeliverySession {
  /// Gives the connection up; the owner is told to disconnect.
  mutating func abandon(because error: BrokerError) {
    switch phase {
    case .connecting, .online:
      if closeDeadline == nil { statistics.lastError = error }
      phase = .ending(since: onlineSince)
    case .idle, .ending, .finished:
      break
    }
  }

  /// The connection is gone without our doing.
  mutating func ended(_ error: BrokerError?, at now: Instant) {
    switch phase {
    case .connecting, .online, .ending:
      if let error { statistics.lastError = error }
      endConnection(at: now)
    case .idle, .finished:
      break
    }
  }

  mutating func endOrderly(at now: Instant) -> Action {
    endConnection(at: now)
    return .disconnect
  }

  var onlineSince: Instant? {
    switch phase {
    case .online(let since): since
    case .ending(let since): since
    case .idle, .connecting, .finished: nil
    }
  }

  mutating func endConnection(at now: Instant) {
    // A connection without facts to send proves itself by lasting.
    if let onlineSince, now - onlineSince > BackOff.longest { backOff.reset() }
    let unacknowledged = window.removeAll()
    statistics.repeated += UInt64(unacknowledged.count)
    queue.putBack(unacknowledged + [departing?.item].compactMap(\.self))
    departing = nil
    networkHeldUntil = Instant(nanoseconds: .min)
    valuesHeldUntil = Instant(nanoseconds: .min)
    phase = .idle(until: now + backOff.wait())
  }
}
