public import DetectionCore

/// Something that is to be done with a line, and whose end is reported to `FramedSchedule.finished`.
public enum FramedTask: Hashable, Sendable {
  /// Open the port.
  case open
  /// Close the port.
  case close
  /// Send these bytes.
  case send([UInt8])
  /// Wait for bytes until then, and take all that have come.
  case listen(until: Instant)
}

/// What the owner of a schedule has to do next.
public enum FramedAction: Hashable, Sendable {
  /// Nothing before that instant.
  case wait(until: Instant)
  /// Carry this out, then report to `FramedSchedule.finished`.
  case perform(FramedTask)
}

/// The port of a line: one connection to a serial port or a TCP server.
///
/// No method may block for longer than the times given to it allow.
public protocol ByteLine: ~Copyable {
  /// Opens the port; does nothing where it is open.
  mutating func open() throws(BusFault)
  /// Closes the port; does nothing where it is closed.
  mutating func close()
  /// Sends all of `bytes`, and leaves what has come: part of it could be the beginning of something.
  mutating func send(_ bytes: [UInt8]) throws(BusFault)
  /// Replaces `bytes` by what has come; waits for it for no longer than `timeout`, and gives none
  /// when that is over.
  mutating func receive(timeout: TimeSpan, into bytes: inout [UInt8]) throws(BusFault)
}

extension ByteLine where Self: ~Copyable {
  /// Carries out `task`; what was heard replaces `bytes`, which every other task empties.
  ///
  /// Give the same buffer each time, with room for `PollingLimits.bytesHeardAtOnce`: then nothing
  /// is allocated.
  ///
  /// - Parameters:
  ///   - task: What to do.
  ///   - patience: How long `listen` may wait, in real time.
  ///   - bytes: What was heard.
  public mutating func perform(
    _ task: FramedTask, patience: TimeSpan, into bytes: inout [UInt8]
  ) -> BusOutcome {
    bytes.removeAll(keepingCapacity: true)
    do throws(BusFault) {
      switch task {
      case .open: try open()
      case .close: close()
      case .send(let request): try send(request)
      case .listen: try receive(timeout: patience, into: &bytes)
      }
      return .done
    } catch {
      return .failed(error)
    }
  }
}

extension PollingLimits {
  /// The most bytes that are taken from a line at once: what a kernel holds back of a serial port.
  public static var bytesHeardAtOnce: Int { 4096 }
}
