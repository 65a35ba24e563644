/// One thing that happened to an alarm, to be journaled and, unless it is suppressed, announced.
struct AlarmTransition: BitwiseCopyable, Equatable {
  /// What happened.
  enum Kind: UInt8, BitwiseCopyable {
    /// The stage rose.
    case raised = 1
    /// The stage fell, perhaps to 0.
    case cleared
    /// Somebody acknowledged it.
    case acknowledged
    /// Somebody reset its latch.
    case reset
    /// Shelving began, or began anew.
    case shelved
    /// Shelving ended: by its time, a command, the alarm's return (once) or its rise beyond the
    /// highest stage that may be shelved.
    case unshelved
    /// Suppression by design began.
    case suppressed
    /// Suppression by design ended.
    case resumed
    /// It was taken out of service.
    case outOfService
    /// It was returned to service.
    case inService
    /// It is still active and is announced again: its re-alarm time is over, or so is the last of
    /// what had suppressed it.
    case reminded
    /// It began to chatter.
    case chatterBegan
    /// It chatters no more; `count` returns were held back and never announced.
    case chatterEnded
    /// A command was not carried out; `refusal` says why.
    case refused
  }

  /// What happened.
  let kind: Kind
  /// Where the alarm stands afterwards.
  let condition: AlarmCondition
  /// The stage afterwards.
  let stage: UInt8
  /// The stage before.
  let previousStage: UInt8
  /// What suppresses the alarm afterwards.
  let suppression: AlarmSuppression
  /// Why a command was refused; nil in all other transitions.
  let refusal: CommandRefusal?
  /// How many returns chatter has swallowed; 0 in all other transitions.
  let count: UInt32

  /// Whether it is kept from being announced. A command's answer never is.
  var isSuppressed: Bool { kind != .refused && !suppression.isEmpty }
}

/// What one input did to an alarm, in order.
struct AlarmTransitions: BitwiseCopyable {
  /// The most transitions that one call of `AlarmMachine` makes.
  static var capacity: Int { 3 }

  private var first = AlarmTransition.blank
  private var second = AlarmTransition.blank
  private var third = AlarmTransition.blank
  /// How many there are.
  private(set) var count = 0

  /// The transition at `index`, from 0 to below `count`.
  subscript(index: Int) -> AlarmTransition {
    precondition(index >= 0 && index < count, "no such transition")
    return index == 0 ? first : index == 1 ? second : third
  }

  mutating func append(_ transition: AlarmTransition) {
    precondition(count < AlarmTransitions.capacity, "too many transitions at once")
    if count == 0 {
      first = transition
    } else if count == 1 {
      second = transition
    } else {
      third = transition
    }
    count += 1
  }
}

extension AlarmTransition {
  /// What unused slots hold.
  static var blank: AlarmTransition {
    AlarmTransition(
      kind: .refused, condition: .normal, stage: 0, previousStage: 0, suppression: .none,
      refusal: nil, count: 0)
  }
}

#if !hasFeature(Embedded)
  extension AlarmTransition.Kind: CaseIterable {}
#endif
