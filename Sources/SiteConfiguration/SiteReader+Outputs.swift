internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The section `outputs`: coils and registers that the box may write.

struct OutputKeys: Keys {
  let id = Key("id", .reference)
  let name = Key("name", .localizedText)
  let device = Key("device", .reference)
  let quantity = Key("quantity", .later(.text))
  let timer = Key(optional: "timer", .later(.text))
  let follows = Key(optional: "follows", .section(FollowedKeys.self))
  let maximumOnTime = Key("maximumOnTime", .duration(atLeast: .seconds(1)))
}

/// A rule, and the stage from which on something is to happen.
struct FollowedKeys: Keys {
  let rule = Key("rule", .reference)
  let fromStage = Key("fromStage", .reference)
}

extension SiteReader {
  mutating func readOutputs(_ root: Section<SiteFileKeys>) {
    for section in root.outputs ?? [] { readOutput(section) }
    readDeterrents(root)
    for (_, node) in freeOutputs.sorted(by: { $0.key < $1.key }) {
      node.report(
        expected: both(
          "the key follows, or a deterrent that has this output",
          "follows キー、またはこの出力を持つ威嚇装置"))
    }
  }

  private mutating func readOutput(_ section: Section<OutputKeys>) {
    let output = outputNames.count
    let id = outputNames.declare(section.id)
    let name = section.name
    let deviceNode = section.device
    let quantityNode = section.quantity
    let timerNode = section.timer
    let follows = section.follows
    let followed = follows.flatMap(readFollowed)
    let maximumOnTime = section.maximumOnTime
    if let quantityNode, let device = deviceNode.flatMap({ deviceNames.index(of: $0) }) {
      write(
        quantityNode, of: device, output: output, timer: timerNode, maximumOnTime: maximumOnTime,
        isMomentary: follows == nil)
    }
    if follows == nil { freeOutputs[output] = section.node }
    guard let id, let name, follows == nil || followed != nil, let maximumOnTime else {
      return
    }
    // An output that follows nothing is claimed by a deterrent, or a mistake.
    outputs.append(
      OutputPlan(
        rule: UInt16(followed?.rule ?? 0), fromStage: UInt8((followed?.stage ?? 0) + 1),
        maximumOnTime: maximumOnTime))
    outputDescriptions.append(OutputDescription(id: id, name: name))
  }

  /// The rule, and the index of its stage.
  func readFollowed(_ section: Section<FollowedKeys>) -> (rule: Int, stage: Int)? {
    let rule = section.rule.flatMap { ruleNames.index(of: $0) }
    let stageNode = section.fromStage
    guard let rule, let stageNode else { return nil }
    return rules[rule].stageNames.index(of: stageNode).map { (rule, $0) }
  }

  private mutating func write(
    _ node: YAMLNode, of device: Int, output: Int, timer timerNode: YAMLNode?,
    maximumOnTime: TimeSpan?, isMomentary: Bool
  ) {
    guard let id = node.string(), let location = devices[device] else { return }
    guard let plan = buses[location.bus].devices[location.device].modbus else {
      node.report(expected: both("a quantity of a Modbus device", "Modbus 機器の量"))
      return
    }
    guard let quantity = readQuantity(id, of: plan.profile, at: node) else { return }
    guard let values = quantity.output else {
      let known = plan.profile.quantities.filter { $0.output != nil }.map(\.id)
        .joined(separator: ", ")
      node.report(
        expected: known.isEmpty
          ? both(
            "a quantity that its profile declares as an output, and \(plan.profile.id) has none",
            "プロファイルで output とされた量 (\(plan.profile.id) にはありません)")
          : both(
            "a quantity that its profile declares as an output: \(known)",
            "プロファイルで output とされた量: \(known)"))
      return
    }
    guard !plan.outputs.contains(where: { $0.quantity.field.overlaps(quantity.field) }) else {
      node.report(
        expected: both("a quantity that no other output writes", "他の出力が書き込まない量"))
      return
    }
    guard let maximumOnTime else { return }
    let timer = timerNode.flatMap {
      readTimer($0, of: quantity, in: plan.profile, maximumOnTime: maximumOnTime)
    }
    buses[location.bus].devices[location.device].modbus?.outputs.append(
      WrittenOutput(
        output: UInt16(output), quantity: quantity, values: values, timer: timer,
        maximumOnTime: maximumOnTime, isMomentary: isMomentary))
  }

  /// The quantity by which the device itself ends the output.
  private func readTimer(
    _ node: YAMLNode, of quantity: ProfileQuantity, in profile: DeviceProfile,
    maximumOnTime: TimeSpan
  ) -> ProfileQuantity? {
    guard let id = node.string(), let timer = readQuantity(id, of: profile, at: node) else {
      return nil
    }
    guard timer.timedOutput == quantity.id else {
      node.report(
        expected: both(
          "a quantity that switches \(quantity.id) for a time",
          "\(quantity.id) を一定時間だけ切り替える量"))
      return nil
    }
    guard timer.timerRequest(for: maximumOnTime) != nil else {
      node.report(
        expected: both(
          "a timer that takes the maximumOnTime of \(maximumOnTime.written)",
          "maximumOnTime (\(maximumOnTime.written)) を設定できるタイマー"))
      return nil
    }
    return timer
  }
}
