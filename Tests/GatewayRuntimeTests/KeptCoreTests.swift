import Delivery
import DetectionCore
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime

/// The core of a site goes on in that of the site file's next edition.
@Suite struct KeptCoreTests {
  /// The core of `site` after the river has risen for so many minutes.
  private func checkpoint(of site: Site, minutes: Int) throws -> [UInt8] {
    let outlets = LaneOutputs()
    var lane = try Lane(plan: site.detection, outlets: outlets)
    for minute in 0..<minutes {
      lane.decide(LaneTests.reading(minute: minute), at: Instant(nanoseconds: 0))
    }
    outlets.lastCheckpoint.request()
    lane.giveLastCheckpoint()
    var bytes: [UInt8] = []
    #expect(outlets.lastCheckpoint.take(into: &bytes) != nil)
    return bytes
  }

  @Test func theSameSiteAndAnEditedOneGoOn() throws {
    let before = try River.site()
    let bytes = try checkpoint(of: before, minutes: 100)
    let edited = try River.site(changes: [("limit: 4.6", "limit: 4.7")])
    #expect(edited.detection.rules.count == before.detection.rules.count)
    var own = try Detector(plan: before.detection)
    try own.restore(fromCheckpoint: bytes.span)
    let stage = own.stage(ofRule: Int(River.stageRule))
    try #require(stage > 0)
    for site in [before, edited] {
      let core = try #require(KeptCore(bytes, of: SiteTexts(of: before), for: site))
      var detector = try Detector(plan: site.detection)
      let isApplied = core.apply(to: &detector)
      #expect(isApplied)
      let kept = detector.stage(ofRule: Int(River.stageRule))
      #expect(kept == stage)
      #expect(core.level(2, ofRule: Int(River.stageRule)) == 2)
    }
  }

  /// A plan knows no ids: that of a site whose rule was renamed is the same plan.
  @Test func aRenamedRuleBeginsAnew() throws {
    let before = try River.site()
    let bytes = try checkpoint(of: before, minutes: 100)
    let renamed = try River.site(changes: [
      ("  - id: river.stage\n", "  - id: renamed\n"), ("rule: river.stage", "rule: renamed"),
    ])
    var detector = try Detector(plan: renamed.detection)
    let fingerprint = detector.planFingerprint
    let fingerprintBefore = try Detector(plan: before.detection).planFingerprint
    try #require(fingerprint == fingerprintBefore)
    let core = try #require(KeptCore(bytes, of: SiteTexts(of: before), for: renamed))
    let isApplied = core.apply(to: &detector)
    #expect(isApplied)
    let stage = detector.stage(ofRule: Int(River.stageRule))
    #expect(stage == 0)
    let other = detector.stage(ofRule: 0)
    #expect(other > 0)
  }

  @Test func whatCannotGoOnIsLeft() throws {
    let before = try River.site()
    var bytes = try checkpoint(of: before, minutes: 10)
    let edited = try River.site(changes: [("limit: 4.6", "limit: 4.7")])
    #expect(KeptCore(bytes, of: nil, for: before) == nil)
    #expect(KeptCore(bytes, of: SiteTexts(of: edited), for: edited) == nil)
    bytes[100] ^= 1
    #expect(KeptCore(bytes, of: SiteTexts(of: before), for: before) == nil)
  }
}
