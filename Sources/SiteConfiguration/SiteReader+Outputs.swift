internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling

// The section `outputs`: coils and registers that the box may write.
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
    let place = outputNames.count
    let id = outputNames.declare(section.id)
    let name = section.name
    let deviceNode = section.device
    let quantityNode = section.quantity
    let timerNode = section.timer
    let follows = section.follows
    let followed = follows.flatMap(readFollowed)
    let maximumOnTime = section.maximumOnTime
    if let quantityNode, let device = deviceNode.flatMap({ deviceNames.place(of: $0) }) {
      write(
        quantityNode, of: device, output: place, timer: timerNode, maximumOnTime: maximumOnTime,
        isMomentary: follows == nil)
    }
    if follows == nil { freeOutputs[place] = section.node }
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

  /// The rule, and the place of its stage.
  func readFollowed(_ section: Section<FollowedKeys>) -> (rule: Int, stage: Int)? {
    let rule = section.rule.flatMap { ruleNames.place(of: $0) }
    let stageNode = section.fromStage
    guard let rule, let stageNode else { return nil }
    return rules[rule].stageNames.place(of: stageNode).map { (rule, $0) }
  }

  private mutating func write(
    _ node: YAMLNode, of device: Int, output: Int, timer timerNode: YAMLNode?,
    maximumOnTime: TimeSpan?, isMomentary: Bool
  ) {
    if sensors[device] != nil {
      node.report(expected: both("a quantity of a Modbus device", "Modbus 機器の量"))
    }
    guard let id = node.string(), let place = devices[device] else { return }
    let plan = buses[place.bus].devices[place.device]
    guard let quantity = readQuantity(id, of: plan.profile, at: node) else { return }
    guard quantity.isWritable else {
      node.report(
        expected: both("a quantity that can be written", "書き込める量"))
      return
    }
    guard quantity.timedOutput == nil else {
      node.report(
        expected: both(
          "a quantity that stays as it was written, not one that the device itself ends",
          "書き込んだ状態を保つ量 (機器側で自動的に終わるものは不可)"))
      return
    }
    // Outputs are written as 0 and 1; a number with a unit, or one of several words, is no switch.
    guard quantity.span.count == 1, quantity.unit == "1" else {
      node.report(
        expected: both(
          "a quantity that is switched: a coil, or one register without unit",
          "切り替える量 (コイル、または単位のない 1 レジスタ)"))
      return
    }
    guard !plan.outputs.contains(where: { $0.quantity.id == id }) else {
      node.report(
        expected: both("a quantity that no other output writes", "他の出力が書き込まない量"))
      return
    }
    guard let maximumOnTime else { return }
    let timer = timerNode.flatMap {
      readTimer($0, of: quantity, in: plan.profile, maximumOnTime: maximumOnTime)
    }
    buses[place.bus].devices[place.device].outputs.append(
      WrittenOutput(
        output: UInt16(output), quantity: quantity, timer: timer, maximumOnTime: maximumOnTime,
        isMomentary: isMomentary))
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
