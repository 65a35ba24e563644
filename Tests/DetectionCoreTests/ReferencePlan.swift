import DetectionCore

/// Plans that several tests share.
enum ReferencePlan {
  /// The river gauge that runs on other processors too.
  static func river() -> DetectionPlan { DetectionPlan(.river()) }
}
