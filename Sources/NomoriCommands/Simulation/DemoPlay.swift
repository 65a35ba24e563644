internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import FieldSimulation
internal import LinuxHost
internal import SimulatedSite
internal import SiteConfiguration
internal import Tables

/// What a demo's field shows: the scenario that belongs to the site, or else the built-in flood,
/// and a recorded series in place of either where one is given.
struct DemoPlay {
  /// What each point shows.
  private(set) var courses: [(point: String, series: Series)]
  /// The same, as a simulated field takes it.
  var sources: [(point: String, source: ValueSource)] {
    courses.map { ($0.point, .series($0.series)) }
  }
  /// The civil time at which it begins, in nanoseconds since 1970; nil: now.
  private(set) var start: Int64?
  /// How long it is.
  private var length: TimeSpan
  /// The file that it comes from; nil for the built-in flood.
  private var file: String?

  /// How long a play lasts on the screen: the 70 hours of the flood are seen at 2400 times the
  /// field's speed.
  private static let secondsShown = 105.0

  /// Field seconds per second at which it passes by in about two minutes.
  var speed: Double {
    min(max(1, (length.seconds / Self.secondsShown).rounded()), Self.speeds.upperBound)
  }

  /// The speeds that make sense; at the highest a year passes by in half a minute.
  static let speeds = 0.001...1_000_000.0

  /// Chooses what the site's points show.
  ///
  /// - Parameters:
  ///   - site: The site.
  ///   - name: The site file, as the user named it.
  ///   - series: The recorded series, where one is given.
  ///   - seed: Of the flood's noise.
  init(of site: Site, named name: String, series: SeriesOptions, seed: UInt64) throws {
    if let path = SiteFiles().scenario(of: name) {
      guard !series.series.isEmpty || series.point.isEmpty else {
        throw ValidationError("--point says which point shows the table of --series FILE")
      }
      let scenario = try reporting { try site.scenario(readFile(path), file: path) }
      self.init(
        courses: scenario.courses, start: scenario.start?.nanosecondsSince1970,
        length: scenario.length, file: path)
    } else {
      let level = try series.assignments(in: site)[0].point
      let flood = try DemoPlay.flood(at: level, of: site, seed: seed)
      guard flood != nil || !series.series.isEmpty else {
        throw ValidationError(
          "nothing to play: expected a scenario beside the site file, such as road.csv beside "
            + "road.yaml, a table with --series FILE, or a point in m for the flood")
      }
      self = flood ?? DemoPlay(courses: [], length: SyntheticFlood.length)
    }
    if let (path, assignment) = try series.single(in: site) {
      try replace(by: path, assignment, series, of: site)
    }
  }

  private init(
    courses: [(point: String, series: Series)], start: Int64? = nil, length: TimeSpan,
    file: String? = nil
  ) {
    self.courses = courses
    self.start = start
    self.length = length
    self.file = file
  }

  /// What is played at which speed, in one line.
  func announcement(speed: Double, language: Language) -> String {
    let pace = speed.text(decimals: speed < 10 ? 1 : 0)
    return language.pick(
      "playing \(file ?? "the built-in flood"), \(pace) times as fast as the field",
      "\(file ?? "内蔵の洪水") を \(pace) 倍速で再生")
  }

  /// The built-in flood at a point, with its rain and its water's temperature at all others that
  /// can show them; nil where the point is no level.
  private static func flood(at index: Int, of site: Site, seed: UInt64) throws -> DemoPlay? {
    let level = site.description.points[index]
    guard let unit = UnitConversion(from: "m", to: level.unit),
      let mapping = AffineMapping(gain: unit.factor, offset: unit.offset)
    else { return nil }
    let flood = SyntheticFlood(seed: seed)
    var courses = [(point: level.id, series: flood.level.converted(by: mapping))]
    let points = site.simulatedPoints
    let gauge = points.first { $0.id == level.id }?.source
    for point in points where point.isAcquired && point.source != gauge {
      if point.unit == "Cel" { courses.append((point.id, flood.waterTemperature)) }
      if point.unit == "mm", point.interpolation == .step {
        courses.append((point.id, flood.rainTotal))
      }
    }
    return DemoPlay(courses: courses, length: SyntheticFlood.length)
  }

  /// Lets the point that the options name show a recorded series. It is played as fast as the
  /// flood: nobody knows which part of it is worth seeing.
  private mutating func replace(
    by path: String, _ assignment: SeriesOptions.Assignment, _ options: SeriesOptions,
    of site: Site
  ) throws {
    let id = site.description.points[assignment.point].id
    let table = try reporting {
      try options.read(path, assignment, of: site, interpolation: .linear)
    }
    let points = site.simulatedPoints
    let source = points.first { $0.id == id }?.source
    courses.removeAll { course in
      points.contains { $0.id == course.point && $0.source == source }
    }
    courses.append((id, table))
    start = table.start?.nanosecondsSince1970
    length = SyntheticFlood.length
    file = path
  }
}
