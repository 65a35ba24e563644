internal import DetectionCore
internal import GatewayRuntime
internal import LinuxHost
internal import Logging

/// Tells the service manager how a gateway does: that it runs, in a line what is not well, and, for as long as
/// each of its threads goes on, that it is alive. A gateway whose lane, event writer, recorder or bus stands still is
/// started anew.
struct ServiceReport {
  let language: Language
  private let socket: NotifySocket
  private let log: Logger
  private var watchdog = Watchdog()
  private var nextLook: Instant?
  private var standing: [String] = []
  private var told = ""

  /// So often the threads are looked at within the watchdog's time: one that is held up for half of it is no
  /// reason to start anew.
  private static let looksPerWatchdogTime: Int64 = 4

  /// Tells the service manager behind `socket` that the gateway has started.
  init(to socket: NotifySocket, language: Language, log: Logger, at now: Instant) {
    self.socket = socket
    self.language = language
    self.log = log
    if socket.watchdogTime != nil { nextLook = now }
    socket.tell(.ready)
  }

  /// Tells how `gateway` does at `now`, where that is news or a sign of life is due.
  mutating func tell(of gateway: Gateway, at now: Instant) {
    tell(gateway.problems.keys.sorted(), session: gateway.session)
    guard let time = socket.watchdogTime, let look = nextLook, now >= look else { return }
    nextLook = now + TimeSpan(nanoseconds: time.nanoseconds / Self.looksPerWatchdogTime)
    let found = watchdog.look(at: gateway.lookAtThreads())
    if found.isEmpty { socket.tell(.alive) }
    for name in found where !standing.contains(name) {
      log.say(.error, language.pick("\(name): stands still", "\(name)：動いていません"))
    }
    standing = found
  }

  /// Tells that the gateway ends.
  func tellStopping() { socket.tell(.stopping) }

  private mutating func tell(_ problems: [String], session: UInt32) {
    let begin = language.pick("session \(session)", "セッション \(session)")
    let line = ([begin] + problems.map { "! \($0)" }).joined(separator: "; ")
    guard line != told else { return }
    told = line
    socket.tell(.status(line))
  }
}
