internal import Delivery
public import DetectionCore
public import Polling

// What can be said of the buses once all points and rules are known: what goes first, and whether
// it all fits.
extension SiteReader {
  /// Marks the points that rules watch, and those that such points are computed from.
  mutating func markWatchedPoints() {
    var watched: [Int] = []
    for rule in rules {
      var indexes = [Int(rule.plan.point.rawValue)]
      if let suppressor = rule.plan.suppressor { indexes.append(Int(suppressor.rawValue)) }
      if let incident = rule.plan.incident {
        indexes += (0..<Int(incident.memberCount)).map { Int(incident.members[$0].rawValue) }
      }
      for index in indexes where index < points.count {
        watched += points[index]?.roots ?? []
      }
    }
    for bus in buses.indices {
      for device in buses[bus].devices.indices {
        buses[bus].devices[device].points.mark(watched)
      }
    }
  }

  /// Refuses each bus that cannot read its points in time, also when rules have asked for the
  /// shortest periods; says nothing while anything else is wrong.
  func checkLoads() {
    guard !log.hasErrors else { return }
    for bus in buses {
      guard let node = busNodes[bus.id] else { continue }
      do throws(BusPlanError) {
        let usual = try BusLoad(plan: bus)
        let fastest = bus.atFastest(samplings)
        let load = try BusLoad(plan: fastest)
        guard !load.isSchedulable else { continue }
        refuse(fastest, load, isUsual: !usual.isSchedulable, at: node)
      } catch {
        node.report(
          found: .shown(error.description),
          expected: both("a bus that can be served", "処理可能なバス"))
      }
    }
  }

  private func refuse(
    _ plan: BusPlan, _ load: BusLoad, isUsual: Bool, at node: YAMLNode
  ) {
    let remedies = (try? OverloadAdvice(plan: plan))?.remedies(for: plan) ?? both("", "")
    let when =
      isUsual
      ? both("", "")
      : both(", also when rules ask for their shortest periods", "ルールが要求する最短周期でも、")
    let late = load.reads.first { $0.worstResponse ?? .zero > $0.deadline }
    if let late, let response = late.worstResponse {
      let id = plan.devices[late.device].id
      node.report(
        found: .value(response.inMilliseconds),
        expected: both(
          "at most \(late.deadline.written) from when a sample of \(id) is due until it is complete"
            + when.english + remedies.english,
          when.japanese + "\(id) の 1 回の計測が予定時刻から \(late.deadline.written) 以内に完了すること"
            + remedies.japanese))
      return
    }
    // What sends by itself may fill its line; what is asked must leave room for what goes wrong.
    let isAsked = load.reads.contains(where: \.isAsked)
    let most = isAsked ? BusLoad.highestUtilisation : 1
    node.report(
      found: .value(load.utilisation.inPercent),
      expected: both(
        (isAsked ? "reads" : "messages") + " that take at most \(most.inPercent) of the bus's time"
          + when.english + remedies.english,
        when.japanese + (isAsked ? "読み出し" : "受信") + "がバス時間の \(most.inPercent) 以下"
          + remedies.japanese))
  }
}

extension [PolledPoint] {
  /// Marks the points that stand at these indices in the core's plan, and unmarks the others.
  fileprivate mutating func mark(_ watched: [Int]) {
    for index in indices {
      self[index].isWatched = watched.contains(Int(self[index].point.rawValue))
    }
  }
}

extension BusPlan {
  /// The plan with each point at the shortest period that it may get while the site runs.
  public func atFastest(_ samplings: [SamplingPlan]) -> BusPlan {
    var fastest = self
    for sampling in samplings {
      for stage in 0...SamplingPlan.highestStage {
        fastest.hasten(sampling.point, to: sampling.period(atStage: stage))
      }
    }
    return fastest
  }
}

extension OverloadAdvice {
  /// What would help, to stand behind an expectation; empty where nothing simple does.
  fileprivate func remedies(for plan: BusPlan) -> LocalizedText {
    var english: [String] = []
    var japanese: [String] = []
    if let period {
      let id = plan.devices[period.device].id
      english.append(
        "\(period.fitting.written) instead of \(period.present.written) for \(id)")
      japanese.append("\(id) の周期を \(period.present.written) から \(period.fitting.written) に")
    }
    if let factor {
      english.append("all periods \(factor) times as long")
      japanese.append("全周期を \(factor) 倍に")
    }
    if let baud {
      english.append("\(baud) baud")
      japanese.append("通信速度を \(baud) baud に")
    }
    guard !english.isEmpty else { return both("", "") }
    return both(
      "; this would fit: " + english.joined(separator: ", or "),
      " (対策: " + japanese.joined(separator: "、または") + ")")
  }
}

extension Double {
  /// A part as whole per cent, rounded up.
  fileprivate var inPercent: String { "\(Int((self * 100).rounded(.up))) %" }
}

extension TimeSpan {
  /// In whole milliseconds, rounded up.
  fileprivate var inMilliseconds: String { "\((nanoseconds + 999_999) / 1_000_000) ms" }
}
