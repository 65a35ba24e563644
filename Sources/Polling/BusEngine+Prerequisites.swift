import DetectionCore
import DeviceProfiles

// Requests that a Modbus unit gets before the one that is due.
extension BusEngine {
  /// Why a request goes before another one.
  enum Prerequisite {
    case startup, preparation
  }

  /// Sends the request, or first what must go before it; or something else, where it must wait.
  mutating func transact(
    _ request: BusRequest, device: Int, for purpose: Purpose, at now: Instant
  ) -> BusAction {
    if case .probe = purpose { return send(request, device: device, for: purpose, at: now) }
    if let step = devices[device].startup.due {
      return send(
        step.request, device: device, for: purpose, after: .startup, at: now)
    }
    if case .block(let group) = purpose, let slot = devices[device].reads.groups[group].slot {
      switch devices[device].preparation.demand(slot: slot, at: now) {
      case .nothing: break
      case .request(let first):
        return send(first, device: device, for: purpose, after: .preparation, at: now)
      case .wait(let instant):
        hold(purpose, of: device, until: instant)
        return dueTransaction(at: now)
      }
    }
    return send(request, device: device, for: purpose, at: now)
  }

  private mutating func send(
    _ request: BusRequest, device: Int, for purpose: Purpose,
    after prerequisite: Prerequisite? = nil, at now: Instant
  ) -> BusAction {
    precondition(
      devices[device].writable.permits(request), "a write that the site does not allow")
    if let instant = links[device].guards[0].hold(.registers(request), at: now) {
      hold(purpose, of: device, until: instant)
      return dueTransaction(at: now)
    }
    let sending = transmission?.time(request: request) ?? .zero
    let answering = transmission?.time(answerTo: request) ?? .zero
    let timeout =
      request.isWrite && links[device].isOnline
      ? links[device].longestResponse : links[device].responseTimeout(margin: plan.margin)
    let transaction = Transaction(
      device: device, unit: devices[device].unit, request: request,
      timeout: TimeSpan(nanoseconds: sending.nanoseconds + timeout.nanoseconds))
    let sent = OpenTransaction(
      device: device, purpose: purpose, request: request, prerequisite: prerequisite, sentAt: now,
      lineTime: TimeSpan(nanoseconds: sending.nanoseconds + answering.nanoseconds),
      allowance: TimeSpan(nanoseconds: transaction.timeout.nanoseconds + answering.nanoseconds))
    return perform(.transact(transaction), for: .transaction(sent))
  }

  /// What an outcome means where it was to tell which device it is, or how it is set up.
  func verdict(
    on outcome: BusOutcome, words: [UInt16], of sent: OpenTransaction
  ) -> BusOutcome {
    if outcome == .done, let expected = sent.words, words.count != expected {
      return .failed(.unexpectedAnswer)
    }
    let startup = devices[sent.device].startup
    if case .startup? = sent.prerequisite, let step = startup.due {
      return step.verdict(on: outcome, words: words)
    }
    // A lost device is asked who it is, where it can say so.
    if case .probe = sent.purpose, startup.identity != nil, let step = startup.steps.first {
      return step.verdict(on: outcome, words: words)
    }
    return outcome
  }

  /// What went before has been answered: the request itself, or the next prerequisite, is still due.
  mutating func advance(_ prerequisite: Prerequisite, of device: Int, at now: Instant) {
    switch prerequisite {
    case .startup: devices[device].startup.advance()
    case .preparation: devices[device].preparation.advance(at: now)
    }
  }
}
