#if !hasFeature(Embedded)
  /// Which parts of an edited plan are the same things as which parts of the plan before: by their names,
  /// which the core does not know. Each list has, for each part of the new plan, the index of the old one,
  /// or nil for what is new.
  public struct PlanMatch: Sendable {
    /// The same rule in the plan before.
    public struct Rule: Sendable {
      /// Its index.
      public var index: Int
      /// For each of its stages, mildest first, which of the old rule's stages it is, from 0.
      public var stages: [Int?]
      /// Makes a match.
      public init(index: Int, stages: [Int?]) {
        self.index = index
        self.stages = stages
      }

      /// Where an alarm stands that stood at the old rule's stage `level`: at the highest stage that was not
      /// above it; and where none is left of those, at the same number as far as there are so many.
      public func level(_ level: UInt8) -> UInt8 {
        guard level > 0 else { return 0 }
        let kept = stages.indices.last { stages[$0].map { $0 < Int(level) } ?? false }
        return kept.map { UInt8(clamping: $0 + 1) } ?? min(level, UInt8(clamping: stages.count))
      }
    }

    /// Of each point.
    public var points: [Int?]
    /// Of each rule.
    public var rules: [Rule?]
    /// Of each output.
    public var outputs: [Int?]
    /// Of each deterrent.
    public var deterrents: [Int?]
    /// Makes a match.
    public init(points: [Int?], rules: [Rule?], outputs: [Int?], deterrents: [Int?]) {
      self.points = points
      self.rules = rules
      self.outputs = outputs
      self.deterrents = deterrents
    }
  }
#endif
