internal import Delivery
internal import DetectionCore

// The section `deterrents`: outputs that are switched on for a while, against animals.

struct DeterrentKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let followed = FollowedKeys()
  let outputs = Key("outputs", .list(of: .reference, 1...DeterrentPlan.mostOutputs))
  let delay = Key("delay", .later(.list(.form(.duration), 2...2)))
  let length = Key("length", .later(.list(.form(.duration), 2...2)))
  let coolDown = Key("coolDown", .duration())
  let repeatAfter = Key(optional: "repeatAfter", .duration(atLeast: .seconds(1)))
  let mostPerNight = Key("mostPerNight", .integer(1...Int(UInt16.max)))
  let quietHours = Key(optional: "quietHours", .section(PeriodKeys.self))
  /// By default the deterrent's number in the file, from 1.
  let seed = Key(optional: "seed", .integer(1...Int(Int32.max)))
}

extension SiteReader {
  /// Reads the deterrents, and gives them the outputs that follow no rule.
  mutating func readDeterrents(_ root: Section<SiteFileKeys>) {
    var names = Names("deterrent", "威嚇装置")
    for section in root.deterrents ?? [] {
      let index = names.count
      let id = names.declare(section.id)
      let name = section.name
      let plan = readDeterrent(section, index: index)
      guard let id, let name, let plan else { continue }
      deterrents.append(plan)
      deterrentDescriptions.append(OutputDescription(id: id, name: name))
    }
  }

  private mutating func readDeterrent(
    _ section: Section<DeterrentKeys>, index: Int
  ) -> DeterrentPlan? {
    let followed = readFollowed(section.followed)
    let outputNodes = section.outputs ?? []
    let delay = section.delay.flatMap { readRange($0, atLeast: .zero) }
    let length = section.length.flatMap { readRange($0, atLeast: .milliseconds(100)) }
    let coolDown = section.coolDown
    let repeatAfter = section.repeatAfter
    let most = section.mostPerNight
    let quiet = section.quietHours.flatMap(readPeriod)
    let seed = section.seed ?? index + 1
    let claimed = outputNodes.compactMap { claim($0, length: length, deterrent: index) }
    guard let followed, let delay, let length, let coolDown, let most else { return nil }
    var plan = DeterrentPlan(
      rule: UInt16(followed.rule), fromStage: UInt8(followed.stage + 1), delay: delay,
      length: length, coolDown: coolDown, repeatAfter: repeatAfter, mostPerNight: UInt16(most),
      quietHours: quiet, seed: UInt32(seed))
    for output in claimed where output < outputs.count {
      plan.add(output: UInt16(output))
      outputs[output].rule = plan.rule
      outputs[output].fromStage = plan.fromStage
      outputs[output].deterrent = UInt16(deterrents.count)
    }
    return plan
  }

  /// The index of an output that this deterrent alone switches.
  private mutating func claim(
    _ node: YAMLNode, length: TimeRange?, deterrent: Int
  ) -> Int? {
    guard let index = outputNames.index(of: node) else { return nil }
    guard freeOutputs.removeValue(forKey: index) != nil else {
      node.report(
        expected: both(
          "an output without follows that no other deterrent has",
          "follows がなく、他の威嚇装置に属さない出力"))
      return nil
    }
    if let length, index < outputs.count, length.longest > outputs[index].maximumOnTime {
      node.report(
        expected: both(
          "an output whose maximumOnTime is at least the longest length, "
            + length.longest.written,
          "maximumOnTime が最長の作動時間 \(length.longest.written) 以上の出力"))
    }
    return index
  }

  private func readRange(_ node: YAMLNode, atLeast least: TimeSpan) -> TimeRange? {
    guard let pair = node.list(counts: 2...2) else { return nil }
    let shortest = pair[0].duration(atLeast: least)
    let longest = pair[1].duration(atLeast: shortest ?? least)
    guard let shortest, let longest else { return nil }
    guard longest <= CoreLimits.longestDeterrence else {
      pair[1].report(
        expected: both(
          "at most \(CoreLimits.longestDeterrence.written)",
          "\(CoreLimits.longestDeterrence.written) 以下"))
      return nil
    }
    return TimeRange(shortest: shortest, longest: longest)
  }
}
