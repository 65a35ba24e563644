internal import Delivery
internal import DetectionCore
internal import Foundation
internal import SiteConfiguration

/// The whole core that an earlier run left, where the site's plan can go on from it.
struct KeptCore: Sendable {
  private struct Edit: Sendable {
    /// The plan that the core is of.
    var plan: DetectionPlan
    /// What of it is in the new one.
    var match: PlanMatch
  }

  private let checkpoint: [UInt8]
  /// The edit of the site file in between; nil where it is the same.
  private let edit: Edit?

  /// Finds how `site` can go on from a checkpoint; nil where it cannot: it is damaged, another version's, or of a
  /// site file that is not known any more.
  ///
  /// - Parameter texts: The texts of the site that left it.
  init?(_ checkpoint: [UInt8], of texts: SiteTexts?, for site: Site) {
    self.checkpoint = checkpoint
    // Plans know no ids: of two equal ones the parts may still be other things.
    let isSame = texts == SiteTexts(of: site)
    guard let before = isSame ? site : texts?.site,
      Self.detector(of: before.detection, at: checkpoint) != nil
    else { return nil }
    edit =
      isSame ? nil : Edit(plan: before.detection, match: PlanMatch(from: before, to: site))
  }

  private static func detector(of plan: DetectionPlan, at checkpoint: [UInt8]) -> Detector? {
    guard var detector = try? Detector(plan: plan) else { return nil }
    do throws(CheckpointRefusal) {
      try detector.restore(fromCheckpoint: checkpoint.span)
      return detector
    } catch {
      return nil
    }
  }

  /// Lets `detector` stand where the core stood; false where it cannot, and is as it was.
  func apply(to detector: inout Detector) -> Bool {
    guard let edit else { return (try? detector.restore(fromCheckpoint: checkpoint.span)) != nil }
    guard let old = Self.detector(of: edit.plan, at: checkpoint) else { return false }
    detector.takeOver(from: old, edit.match)
    return true
  }

  /// The level that the stage `level` of the rule at `index` has now.
  func level(_ level: UInt8, ofRule index: Int) -> UInt8 {
    edit?.match.rules[index]?.level(level) ?? level
  }
}

extension PlanMatch {
  /// What is in both sites, by ids.
  fileprivate init(from old: Site, to new: Site) {
    let (before, now) = (old.description, new.description)
    self.init(
      points: now.points.map { point in before.points.firstIndex { $0.id == point.id } },
      rules: now.rules.map { rule in
        before.rules.firstIndex { $0.id == rule.id }.map { index in
          Rule(
            index: index,
            stages: rule.stages.map { stage in
              before.rules[index].stages.firstIndex { $0.id == stage.id }
            })
        }
      },
      outputs: now.outputs.map { output in before.outputs.firstIndex { $0.id == output.id } },
      deterrents: now.deterrents.map { deterrent in
        before.deterrents.firstIndex { $0.id == deterrent.id }
      })
  }
}

/// The texts that a site was compiled from, as the outbox keeps them beside the core.
struct SiteTexts: Codable, Hashable, Sendable {
  private struct Text: Codable, Hashable {
    var name: String
    var text: String
  }
  private var texts: [Text]

  /// The site file and after it the profiles of `site`.
  init(of site: Site) { texts = site.sources.map { Text(name: $0.name, text: $0.text) } }

  /// The site that they make; nil where this version does not take them.
  fileprivate var site: Site? {
    let sources = texts.map { SourceText(name: $0.name, text: $0.text) }
    guard let file = sources.first else { return nil }
    return try? SiteConfiguration.load(
      site: file, profiles: { id in sources.dropFirst().first { $0.name == id } }
    ).site
  }
}
