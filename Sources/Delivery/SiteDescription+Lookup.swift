import DetectionCore

extension SiteDescription {
  /// The name of stage 0 of every rule.
  static var normalStage: LocalizedText { LocalizedText(english: "Normal", japanese: "平常") }

  /// The point at `place`; nil where the site has none.
  func point(_ place: UInt16) -> PointDescription? { points.element(at: Int(place)) }
  /// The point whose values decide a rule; nil where the site has none.
  func point(of rule: RuleDescription) -> PointDescription? { point(rule.point.rawValue) }
  /// The rule at `place`; nil where the site has none.
  func rule(_ place: UInt16) -> RuleDescription? { rules.element(at: Int(place)) }
  /// The output at `place`; nil where the site has none.
  func output(_ place: UInt16) -> OutputDescription? { outputs.element(at: Int(place)) }

  /// The deterrent at `place`; nil where the site has none.
  func deterrent(_ place: UInt16) -> OutputDescription? { deterrents.element(at: Int(place)) }

  /// The id of a stage, 0 being `normal`; its number where the rule has no such stage.
  func stageID(_ level: UInt8, of rule: RuleDescription) -> String {
    if level == 0 { return "normal" }
    return rule.stages.element(at: Int(level) - 1)?.id ?? String(level)
  }

  /// What people are to do at a stage; nil where the site's author says nothing.
  func instruction(_ level: UInt8, of rule: RuleDescription) -> LocalizedText? {
    level == 0 ? nil : rule.stages.element(at: Int(level) - 1)?.instruction
  }

  /// The name of a stage, 0 being normal; its number where the rule has no such stage.
  func stageName(_ level: UInt8, of rule: RuleDescription?) -> LocalizedText {
    if level == 0 { return Self.normalStage }
    let number = String(level)
    return rule?.stages.element(at: Int(level) - 1)?.name
      ?? LocalizedText(english: number, japanese: number)
  }
}

extension Array {
  fileprivate func element(at place: Int) -> Element? {
    place >= 0 && place < count ? self[place] : nil
  }
}
