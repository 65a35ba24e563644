internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import Recording
internal import SiteConfiguration

/// What came of a replay, counted: flags by point and test, and episodes by rule.
struct ReplayOutcome {
  private let site: Site
  private let language: Language
  private var episodes: EpisodeCollector
  private var rules: [RuleSummary]
  private var flags: [FlagCounts]

  init(site: Site, language: Language) {
    self.site = site
    self.language = language
    episodes = EpisodeCollector(plan: site.detection)
    rules = site.detection.rules.map { _ in RuleSummary() }
    flags = site.detection.points.map { _ in FlagCounts() }
  }

  mutating func take(_ reading: AssessedReading) {
    flags[Int(reading.reading.point.rawValue)].take(reading)
    episodes.take(reading)
  }

  /// Takes an event, and gives the episode that it ended.
  mutating func take(_ event: DetectionEvent) -> Episode? {
    guard let episode = episodes.take(event) else { return nil }
    rules[episode.rule].take(episode)
    return episode
  }

  /// Counts the episodes that have not ended, and gives them.
  mutating func finish() -> [Episode] {
    let open = episodes.open
    for episode in open { rules[episode.rule].take(episode) }
    return open
  }

  /// A line a point with values, and one a rule.
  var lines: [String] {
    zip(site.description.points, flags).compactMap { point, counts in
      counts.total == 0 ? nil : text(counts, of: point.id)
    }
      + zip(site.description.rules, rules).map { rule, summary in text(summary, of: rule) }
  }

  private func text(_ counts: FlagCounts, of id: String) -> String {
    func list(_ tests: [(name: String, count: Int)]) -> String {
      let given = tests.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
      return given.isEmpty ? "" : " (\(given.joined(separator: ", ")))"
    }
    let suspect = list(counts.tests.map { ($0.name, $0.suspect) })
    let fail = list(counts.tests.map { ($0.name, $0.fail) })
    return language.pick(
      "\(id): \(counts.total) values: \(counts.pass) pass, \(counts.suspect) suspect\(suspect), "
        + "\(counts.fail) fail\(fail), \(counts.missing) missing, \(counts.notEvaluated) not evaluated",
      "\(id): 値 \(counts.total) 個: 合格 \(counts.pass)、疑い \(counts.suspect)\(suspect)、"
        + "不合格 \(counts.fail)\(fail)、欠測 \(counts.missing)、未評価 \(counts.notEvaluated)")
  }

  private func text(_ summary: RuleSummary, of rule: RuleDescription) -> String {
    let hours = (summary.time.seconds / 3_600).text(decimals: 2)
    var text = language.pick(
      "\(rule.id): \(summary.episodes) episodes, \(hours) h in alarm",
      "\(rule.id): 警報 \(summary.episodes) 回、計 \(hours) 時間")
    if summary.open > 0 {
      text += language.pick(", \(summary.open) still open", "、継続中 \(summary.open) 回")
    }
    if summary.doubtful > 0 {
      text += language.pick(
        ", \(summary.doubtful) of them doubtful (raised by a suspect value, or by a single one)",
        "、うち誤報の疑い \(summary.doubtful) 回 (疑わしい値、または 1 個の値のみ)")
    }
    for (index, lead) in summary.leads.enumerated() where index + 1 < rule.stages.count {
      let mean = (lead.total.seconds / Double(lead.count) / 60).text(decimals: 1)
      let shortest = (lead.shortest.seconds / 60).text(decimals: 1)
      let (from, to) = (rule.stages[index].id, rule.stages[index + 1].id)
      text += language.pick(
        "; from \(from) to \(to) \(mean) min on average, \(shortest) min at least",
        "、\(from) から \(to) まで平均 \(mean) 分、最短 \(shortest) 分")
    }
    return text
  }
}

/// Episodes as rows of a table (CSV).
struct EpisodeTable {
  let site: Site

  static let names = "rule,stage,start,end,seconds,peak,peakTime,doubtful"

  /// An episode whose end was not seen has none.
  func row(_ episode: Episode) -> String {
    let rule = site.description.rules[episode.rule]
    let stage = rule.stages[Int(episode.stage) - 1].id
    let cells = [
      rule.id, stage, CivilTime(episode.start).timestamp,
      episode.end.map { CivilTime($0).timestamp } ?? "",
      episode.duration.map { "\($0.seconds)" } ?? "", "\(episode.peak)",
      CivilTime(episode.peakTime).timestamp, episode.isDoubtful ? "true" : "false",
    ]
    return cells.joined(separator: ",")
  }
}

/// The flags of every value, written as a table (CSV).
struct FlagsFile {
  private let file: GrowingFile
  private let points: [PointDescription]
  private var text = ""
  private var failure: HostError?

  /// Makes a new file.
  ///
  /// - Throws: `HostError` also where there is one already.
  init(_ path: String, of site: Site) throws(HostError) {
    file = try GrowingFile(creating: path)
    points = site.description.points
    text = (["time", "point", "value", "flag"] + TestFlags.names).joined(separator: ",") + "\n"
  }

  mutating func take(_ reading: AssessedReading) {
    let value = reading.reading.value
    text += CivilTime(reading.reading.wallTime).timestamp
    text += ","
    text += points[Int(reading.reading.point.rawValue)].id
    text += value.isFinite ? ",\(value)," : ",,"
    text += String(reading.reading.flag.rawValue)
    for flag in reading.tests.inOrder {
      text += ","
      text += String(flag.rawValue)
    }
    text += "\n"
    if text.utf8.count > 1 << 18 { flush() }
  }

  /// Writes what is left.
  ///
  /// - Throws: `HostError` when the disk refused.
  mutating func close() throws(HostError) {
    flush()
    if let failure { throw failure }
  }

  private mutating func flush() {
    do throws(HostError) {
      if failure == nil { try file.append(Array(text.utf8)) }
    } catch {
      failure = error
    }
    text.removeAll(keepingCapacity: true)
  }
}
