import DetectionCore

/// Samples of one cadence, of all devices on a bus or of one, as work for the bus.
struct BusDemand {
  let cadence: Cadence
  /// The time from when a sample is due in which it should be complete.
  var deadline: TimeSpan
  /// How much earlier than due a sample's reads may be possible, with the same deadline.
  var releaseJitter: TimeSpan
  /// How long all reads of one sample take.
  var work: TimeSpan = .zero
  /// The longest of these reads.
  var longest: TimeSpan = .zero
  /// The shortest of these reads.
  var shortest = TimeSpan(nanoseconds: .max)

  init(_ cadence: Cadence, deadline: TimeSpan? = nil, releaseJitter: TimeSpan = .zero) {
    self.cadence = cadence
    self.deadline = deadline ?? cadence.relativeDeadline
    self.releaseJitter = releaseJitter
  }

  mutating func add(_ time: TimeSpan) { add(work: time, longest: time, shortest: time) }

  mutating func add(work: TimeSpan, longest: TimeSpan, shortest: TimeSpan) {
    self.work.nanoseconds += work.nanoseconds
    self.longest = max(self.longest, longest)
    self.shortest = min(self.shortest, shortest)
  }

  var utilisation: Double {
    Double(cadence.count) * work.seconds / cadence.period.seconds
  }

  /// Samples whose reads may be possible in `[0, span]`.
  func samples(possibleWithin span: TimeSpan) -> Int64 {
    cadence.samples(dueWithin: TimeSpan(nanoseconds: span.nanoseconds + releaseJitter.nanoseconds))
  }

  /// Samples that must be complete in `[0, span]`.
  func samples(completeWithin span: TimeSpan) -> Int64 {
    cadence.samples(dueWithin: TimeSpan(nanoseconds: span.nanoseconds - deadline.nanoseconds))
  }

  /// Calls `body` with the time by which each sample must be complete, from `first` to `last`.
  func forEachDeadline(
    from first: TimeSpan, through last: TimeSpan, _ body: (TimeSpan) -> Void
  ) {
    cadence.forEachSample(
      from: TimeSpan(nanoseconds: first.nanoseconds - deadline.nanoseconds),
      through: TimeSpan(nanoseconds: last.nanoseconds - deadline.nanoseconds)
    ) { body(TimeSpan(nanoseconds: $0.nanoseconds + deadline.nanoseconds)) }
  }
}

/// The demands on a bus under non-preemptive earliest deadline first.
///
/// A sample is due at any time, but not earlier after the one before than its cadence says
/// (periods change while a bus runs, so no phase can be relied on). It consists of reads that
/// cannot be interrupted, and its deadline is that of the next sample, or an earlier one. Where reads
/// may be possible earlier than that (`releaseJitter`), what becomes possible in a busy period is still
/// due in it, so that the sums below hold; only how much can come before another read grows.
///
/// **Schedulable.** With n(t) the samples of a demand that must be complete within t, C its work,
/// D its relative deadline, c its longest read and w the writing of an output, every sample of every
/// demand is complete in time if for all t up to the longest busy period
///
///     sum of n(t) * C  +  max(c of demands with D > t) - 1 ns  +  w  <=  t
///
/// Source: Jeffay, Stanat, Martel, On non-preemptive scheduling of periodic and sporadic tasks,
/// RTSS 1991, theorem 4.1, in the form for any relative deadlines of George, Rivierre, Spuri,
/// Preemptive and non-preemptive real-time uniprocessor scheduling, INRIA report 2966, 1996.
///
/// **Worst-case response.** A sample that is due a after the beginning of a busy period, and so
/// must be complete at d = a + D, waits for at most one read that has a later deadline, for an
/// output, and for all samples with deadlines up to d that came before its own last read began, at
///
///     L = max(c of demands with D > d) - 1 ns + w + own work + earlier ones of its own
///         + sum over the others of min(samples due within L, n(d)) * C
///
/// Its response is L + last read - a; the worst one is found among those a for which d is the
/// deadline of another sample. Source: George, Rivierre, Spuri 1996, section 4 (theorem for
/// non-preemptive EDF). For bursts, which that theorem does not know, it is an upper bound.
///
/// Worked example (both are tests): reads of 30 ms each 100 ms and of 50 ms each 200 ms. At
/// t = 100 ms: 30 + 50 - 0.000001 ms <= 100 ms; at 200 ms: 60 + 50 ms. So no sample is late. The
/// short one waits for a long one that has just begun: 80 ms. The long one waits for two
/// short ones at most: those due with it, 80 ms.
struct BusDemands {
  let demands: [BusDemand]
  /// How long writing and reading back an output takes; it goes before all reads.
  let write: TimeSpan

  /// Samples times demands that a response is worked out from; beyond that, which takes hundreds of
  /// different periods, the busy period stands for it.
  private static let mostSteps = 2_000_000

  /// The part of the bus's time that all reads take.
  var utilisation: Double { demands.reduce(0) { $0 + $1.utilisation } }

  /// The longest time for which the bus can be busy without a pause; only for a utilisation
  /// below 1.
  var busyPeriod: TimeSpan {
    let longest = demands.map(\.longest).max() ?? .zero
    var length = TimeSpan(
      nanoseconds: demands.reduce(write.nanoseconds + longest.nanoseconds) {
        $0 + $1.work.nanoseconds
      })
    while true {
      let next = demands.reduce(write.nanoseconds + longest.nanoseconds) {
        $0 + $1.cadence.samples(dueWithin: TimeSpan(nanoseconds: length.nanoseconds - 1))
          * $1.work.nanoseconds
      }
      guard next > length.nanoseconds else { return length }
      length = TimeSpan(nanoseconds: next)
    }
  }

  /// The longest read with a relative deadline behind `time`, which may just have begun.
  private func blocking(beyond time: TimeSpan) -> Int64 {
    let later = demands.filter {
      $0.deadline.nanoseconds + $0.releaseJitter.nanoseconds > time.nanoseconds
    }
    return max(0, (later.map(\.longest.nanoseconds).max() ?? 0) - 1)
  }

  /// True where every sample is complete before its deadline; only for a utilisation below 1.
  var isSchedulable: Bool {
    let busy = busyPeriod
    var isSchedulable = true
    for demand in demands {
      demand.forEachDeadline(from: .zero, through: busy) { time in
        guard isSchedulable else { return }
        let work = demands.reduce(0) {
          $0 + $1.samples(completeWithin: time) * $1.work.nanoseconds
        }
        if work + blocking(beyond: time) + write.nanoseconds > time.nanoseconds {
          isSchedulable = false
        }
      }
    }
    return isSchedulable
  }

  /// From the moment at which a sample of the demand at that index is due to its last answer, at worst;
  /// only for a utilisation below 1.
  ///
  /// - Parameter deadline: The time that a sample of this demand has, where its reads are known to
  ///   be possible, and count as due, earlier than the demand says.
  func worstResponse(of observedIndex: Int, deadline own: TimeSpan? = nil) -> TimeSpan {
    var observed = demands[observedIndex]
    observed.deadline = own ?? observed.deadline
    let busy = busyPeriod
    let last = TimeSpan(nanoseconds: busy.nanoseconds + observed.deadline.nanoseconds)
    var steps = 0
    var worst: Int64 = 0
    for index in demands.indices {
      let demand = index == observedIndex ? observed : demands[index]
      demand.forEachDeadline(from: observed.deadline, through: last) { deadline in
        guard steps <= Self.mostSteps else { return }
        steps += demands.count
        worst = max(worst, response(of: observed, at: observedIndex, deadline: deadline))
      }
    }
    return steps > Self.mostSteps ? busy : TimeSpan(nanoseconds: worst)
  }

  private func response(of own: BusDemand, at ownIndex: Int, deadline: TimeSpan) -> Int64 {
    let due = deadline.nanoseconds - own.deadline.nanoseconds
    let last = own.shortest.nanoseconds
    let fixed =
      blocking(beyond: deadline) + write.nanoseconds - last
      + own.cadence.samples(dueWithin: TimeSpan(nanoseconds: due)) * own.work.nanoseconds
    var begin = fixed
    while true {
      var next = fixed
      for (index, other) in demands.enumerated() where index != ownIndex {
        let samples = min(
          other.samples(possibleWithin: TimeSpan(nanoseconds: begin)),
          other.samples(completeWithin: deadline))
        next += samples * other.work.nanoseconds
      }
      guard next > begin else { break }
      begin = next
    }
    return max(own.work.nanoseconds, begin + last - due)
  }
}
