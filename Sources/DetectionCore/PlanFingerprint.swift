// The fingerprint of a plan: over every field that decides, one after the other. A test holds the
// number of fields that are taken here against the number that a plan has.

/// A part of a plan that has a fingerprint.
protocol Fingerprinted {
  /// Adds every field to `digest`.
  func mix(into digest: inout BitDigest)
}

extension PlanLists {
  /// The same for equal plans and on every processor; another one for plans that differ anywhere.
  func fingerprint() -> UInt64 { digest().value }

  /// The digest of every field.
  func digest() -> BitDigest {
    var digest = BitDigest()
    digest.mix(list: points)
    digest.mix(list: seasons)
    digest.mix(list: programs)
    digest.mix(list: instructions)
    digest.mix(list: windows)
    digest.mix(list: cells)
    digest.mix(list: curves)
    digest.mix(list: curvePoints)
    digest.mix(list: rules)
    digest.mix(list: stages)
    digest.mix(list: outputs)
    digest.mix(list: deterrents)
    digest.mix(site.zone.offsetSeconds)
    digest.mix(site.zone.summer)
    digest.mix(site.signOfLife)
    return digest
  }
}

extension BitDigest {
  fileprivate mutating func mix<List: PlanList>(list: List) where List.Part: Fingerprinted {
    mix(list.count)
    for index in 0..<list.count { list[index].mix(into: &self) }
  }

  fileprivate mutating func mix(_ number: UInt8) { mix(Int(number)) }
  fileprivate mutating func mix(_ number: UInt16) { mix(Int(number)) }
  fileprivate mutating func mix(_ number: UInt32) {
    mix(UInt64(bitPattern: Int64(widening: number)))
  }
  fileprivate mutating func mix(_ number: Int32) { mix(Int(number)) }
  fileprivate mutating func mix(_ number: Double) { mix(number.bitPattern) }
  fileprivate mutating func mix(_ point: PointIndex) { mix(point.rawValue) }
  fileprivate mutating func mix(_ span: TimeSpan) { mix(UInt64(bitPattern: span.nanoseconds)) }

  fileprivate mutating func mix<Part: Fingerprinted>(_ part: Part?) {
    mix(part == nil ? 0 : 1)
    part?.mix(into: &self)
  }
}

extension TimeSpan: Fingerprinted {
  func mix(into digest: inout BitDigest) { digest.mix(self) }
}

extension PointIndex: Fingerprinted {
  func mix(into digest: inout BitDigest) { digest.mix(self) }
}

extension UInt16: Fingerprinted {
  func mix(into digest: inout BitDigest) { digest.mix(self) }
}

extension ClosedSpan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(lower)
    digest.mix(upper)
  }
}

// MARK: Points

extension PointPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    switch source {
    case .acquired: digest.mix(0)
    case .derived(let from, let gain, let offset):
      digest.mix(1)
      digest.mix(from)
      digest.mix(gain)
      digest.mix(offset)
    case .computed(let program):
      digest.mix(2)
      digest.mix(program)
    }
    tests.mix(into: &digest)
    digest.mix(maximumAge)
    digest.mix(sensorFaultDelay)
  }
}

extension QualityTests: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(grossRange)
    digest.mix(climatology)
    digest.mix(spike)
    digest.mix(spikeMethod == .differential ? 0 : 1)
    digest.mix(rateOfChange)
    switch changeReference {
    case .lastUsable(let longestGap):
      digest.mix(0)
      digest.mix(longestGap)
    case .previous: digest.mix(1)
    }
    digest.mix(deviation)
    digest.mix(flatLine)
    digest.mix(multivariate)
    digest.mix(attenuatedSignal)
    digest.mix(neighbour)
  }
}

extension GrossRange: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    fail.mix(into: &digest)
    suspect.mix(into: &digest)
  }
}

extension Climatology: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(firstSeason)
    digest.mix(seasonCount)
  }
}

extension TwoLimits: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(suspect)
    digest.mix(fail)
  }
}

extension Deviation: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(factor)
    digest.mix(allowance)
    window.mix(into: &digest)
  }
}

extension Window: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(length)
    digest.mix(minimumCount)
    digest.mix(capacity)
  }
}

extension FlatLine: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(tolerance)
    digest.mix(suspectCount)
    digest.mix(failCount)
    digest.mix(gaps.rawValue)
  }
}

extension Multivariate: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(point)
    digest.mix(maximumAge)
  }
}

extension AttenuatedSignal: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(measure.rawValue)
    digest.mix(suspect)
    digest.mix(fail)
    window.mix(into: &digest)
    digest.mix(gaps.rawValue)
  }
}

extension Neighbour: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(point)
    limits.mix(into: &digest)
    digest.mix(maximumAge)
  }
}

extension Season: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(period.rawValue)
    digest.mix(UInt64(bitPattern: first))
    digest.mix(UInt64(bitPattern: last))
    suspect.mix(into: &digest)
    digest.mix(fail)
  }
}

// MARK: Programs

extension ProgramPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(firstInstruction)
    digest.mix(instructionCount)
  }
}

extension Instruction: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(operation.rawValue)
    digest.mix(index)
    digest.mix(number)
  }
}

extension PointWindow: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(point)
    window.mix(into: &digest)
    switch content {
    case .values: digest.mix(0)
    case .increments(let modulus):
      digest.mix(1)
      digest.mix(modulus)
    }
  }
}

extension CellPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    switch self {
    case .previous(let point):
      digest.mix(0)
      digest.mix(point)
    case .exponentialMean(let point, let timeConstant):
      digest.mix(1)
      digest.mix(point)
      digest.mix(timeConstant)
    case .since: digest.mix(2)
    case .hysteresis: digest.mix(3)
    }
  }
}

extension CurvePlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(firstPoint)
    digest.mix(pointCount)
  }
}

extension CurvePoint: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(x)
    digest.mix(y)
  }
}

// MARK: Rules and outputs

extension RulePlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(point)
    digest.mix(direction.rawValue)
    digest.mix(firstStage)
    digest.mix(stageCount)
    alarm.mix(into: &digest)
    digest.mix(incident)
    digest.mix(activePeriod)
    digest.mix(suppressor)
  }
}

extension AlarmPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(acknowledgement.rawValue)
    digest.mix(isLatching ? 1 : 0)
    digest.mix(reAlarm)
    digest.mix(longestShelving)
    digest.mix(highestShelvedStage)
    digest.mix(chatter)
  }
}

extension ChatterPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(raises)
    digest.mix(within)
    digest.mix(hold)
  }
}

extension IncidentPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    for index in 0..<IncidentPlan.mostMembers { digest.mix(members[index]) }
    digest.mix(memberCount)
    digest.mix(triggers)
    digest.mix(sensors)
    digest.mix(within)
    digest.mix(quietGap)
  }
}

extension ActivePeriod: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(fromMinute)
    digest.mix(toMinute)
    digest.mix(fromMonth)
    digest.mix(toMonth)
    digest.mix(weekdays)
  }
}

extension StagePlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(limit)
    digest.mix(deadband)
    digest.mix(onDelay)
    digest.mix(offDelay)
  }
}

extension OutputPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(deterrent)
    digest.mix(rule)
    digest.mix(fromStage)
    digest.mix(maximumOnTime)
  }
}

extension DeterrentPlan: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(rule)
    digest.mix(fromStage)
    for index in 0..<DeterrentPlan.mostOutputs { digest.mix(outputs[index]) }
    digest.mix(outputCount)
    delay.mix(into: &digest)
    length.mix(into: &digest)
    digest.mix(coolDown)
    digest.mix(repeatAfter)
    digest.mix(mostPerNight)
    digest.mix(quietHours)
    digest.mix(seed)
  }
}

extension TimeRange: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(shortest)
    digest.mix(longest)
  }
}

// MARK: The site

extension TimeZoneRule.Summer: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(offsetSeconds)
    start.mix(into: &digest)
    end.mix(into: &digest)
  }
}

extension YearlyMoment: Fingerprinted {
  func mix(into digest: inout BitDigest) {
    digest.mix(month)
    digest.mix(week)
    digest.mix(dayOfWeek)
    digest.mix(secondOfDay)
  }
}
