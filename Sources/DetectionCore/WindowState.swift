/// The values that programs see through one window.
struct WindowState: BitwiseCopyable {
  var window: TimeWindow
  private var counter = PulseCounter()
  /// The next window of the same point.
  var nextOfPoint = PlanChain.end

  static var blank: WindowState { WindowState(window: TimeWindow(base: 0, capacity: 0)) }

  private init(window: TimeWindow) { self.window = window }

  /// Goes on with what another window of the same values holds.
  mutating func takeOver(
    from other: WindowState, in source: Table<TimeWindow.Entry>,
    into table: Table<TimeWindow.Entry>
  ) {
    window.takeOver(from: other.window, in: source, into: table)
    counter = other.counter
  }

  /// Takes the point's next value that is not bad.
  mutating func take(
    _ value: Double, at time: Instant, plan: PointWindow, in table: Table<TimeWindow.Entry>
  ) {
    window.forget(olderThan: plan.window.length, at: time, in: table)
    switch plan.content {
    case .values: window.append(value, at: time, in: table)
    case .increments(let modulus):
      if let step = counter.take(value, modulus: modulus) {
        if step.takesBackLast { window.replaceNewest(with: 0, in: table) }
        window.append(step.increment, at: time, in: table)
      }
    }
  }
}
