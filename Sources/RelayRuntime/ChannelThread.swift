internal import Delivery
internal import DetectionCore
internal import LinuxHost

/// One way that leads out of the relay, as its thread drives it.
protocol Channel {
  /// Does the next thing that is to be done.
  mutating func turn() -> ChannelTurn
}

/// What came of a channel's turn.
enum ChannelTurn {
  /// There may be more to do at once.
  case more
  /// All is done; so long, unless it is woken.
  case rest(TimeSpan)
  /// There is no speaking to the other side, for at least so long. The reason holds no address.
  case trouble(reason: String, retryAfter: TimeSpan?)
}

/// The thread of one channel: works while there is work, and leaves the other side alone for a while where it does
/// not answer. Whatever goes wrong with it costs only itself.
final class ChannelThread: Sendable {
  /// For the log.
  private let title: LocalizedText
  private let make: @Sendable () -> (any Channel)?
  private let stop: StopFlag
  private let say: @Sendable (LocalizedText) -> Void
  /// Raised when there may be more to do, or the relay is to stop.
  let wake: WakeSignal

  /// - Parameter make: makes the channel, on the thread; nil where that is not possible.
  init(
    _ title: LocalizedText, stop: StopFlag, say: @escaping @Sendable (LocalizedText) -> Void,
    make: @escaping @Sendable () -> (any Channel)?
  ) throws(HostError) {
    self.title = title
    self.make = make
    self.stop = stop
    self.say = say
    wake = try WakeSignal()
  }

  /// Runs until the relay is to stop.
  func run() {
    guard var channel = make() else {
      return say(both("\(title.english): cannot be started", "\(title.japanese)：開始できません"))
    }
    var backOff = BackOff(seed: UInt64(bitPattern: Int64(title.english.hashValue)))
    var complaint: String?
    while !stop.isRaised {
      switch channel.turn() {
      case .more:
        complaint = nil
        backOff.reset()
      case .rest(let span):
        complaint = nil
        backOff.reset()
        wake.wait(timeout: span)
      case .trouble(let reason, let retryAfter):
        if complaint != reason {
          say(both("\(title.english): \(reason)", "\(title.japanese)：\(reason)"))
        }
        complaint = reason
        wake.pause(for: max(backOff.wait(), retryAfter ?? .zero), unless: stop)
      }
    }
  }
}

extension WakeSignal {
  /// Waits, although there may be more to do, unless the relay is to stop.
  func pause(for span: TimeSpan, unless stop: StopFlag) {
    let clock = HostClock()
    let end = clock.now + span
    while !stop.isRaised, case let rest = end - clock.now, rest > .zero {
      wait(timeout: rest)
    }
  }
}
