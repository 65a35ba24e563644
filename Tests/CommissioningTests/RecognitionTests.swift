import DetectionCore
import DeviceProfiles
import FieldSimulation
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import Commissioning

/// Each device that has a profile, fresh from the factory, alone on a bus that nobody knows.
@Suite struct RecognitionTests {
  static let profiles: [DeviceProfile] = River.files.profileIDs.compactMap { id in
    River.files.profile(id).flatMap { ProfileDocument.read($0, id: id, into: DiagnosticLog()) }
  }.filter { $0.line == nil }

  /// What a scan makes of one simulated device.
  static func scan(_ profile: DeviceProfile) throws -> (scan: BusScan, probes: Int) {
    // In the middle of what it can deliver: at rest all its registers would be 0.
    let quantities = profile.quantities.filter { $0.isReadable && $0.labels.isEmpty }
      .compactMap { quantity in
        quantity.range.map {
          SimulatedQuantity(
            id: quantity.id, source: .constant(($0.lowerBound + $0.upperBound) / 2))
        }
      }
    var model = try DeviceModel(profile: profile, quantities: quantities)
    let plan =
      profile.serial == nil
      ? ScanPlan(tcpUnits: nil, profiles: profiles) : ScanPlan(profiles: profiles)
    var scan = BusScan(plan: plan)
    var probes = 0
    var firstFind = 0
    while let probe = scan.next() {
      probes += 1
      let isHeard =
        probe.unit == profile.defaultUnit && probe.line?.baud == profile.serial?.baud
        && probe.line?.parity == profile.serial?.parity
      let answer =
        switch probe.request {
        case .read(let span) where isHeard: model.answer(to: .read(span), at: .zero)
        case .read: DeviceAnswer.noAnswer
        default: DeviceAnswer.exception(1)
        }
      switch answer {
      case .words(let words): scan.finished(.done, words: words, took: .milliseconds(10))
      case .exception(let code):
        scan.finished(.failed(.exception(code)), words: [], took: .milliseconds(10))
      case .written, .noAnswer: scan.finished(.failed(.timeout), words: [], took: probe.timeout)
      }
      if !scan.found.isEmpty, firstFind == 0 { firstFind = probes }
    }
    return (scan, firstFind)
  }

  @Test func everyDeviceIsFoundSoonAndItsProfileIsNamed() throws {
    #expect(Self.profiles.count >= 60)
    var slowest = 0
    var places: [Int] = []
    var guesses = 0
    for profile in Self.profiles where profile.quantities.contains(where: \.isReadable) {
      let (scan, probes) = try Self.scan(profile)
      #expect(scan.found.map(\.unit) == [profile.defaultUnit], "\(profile.id)")
      slowest = max(slowest, probes)
      let names = scan.found.first?.guesses.map(\.profile) ?? []
      guesses += names.count
      let place = names.firstIndex(of: profile.id)
      #expect(place != nil, "\(profile.id) is taken for \(names)")
      places.append(place ?? 99)
    }
    let first = places.filter { $0 == 0 }.count
    let few = places.filter { $0 < 6 }.count
    print(
      "\(places.count) devices: \(first) named first, \(few) among six, "
        + "\(guesses / places.count) names on average, the slowest found by probe \(slowest)")
    #expect(slowest <= 60)
    #expect(few * 10 >= places.count * 9)
  }
}
