// The core's benchmark.
//
//   workload count N     N readings of the reference plan, nothing measured: for callgrind, and for
//                        the digest and the allocations that it prints
//   workload             the figures, for reading
//   workload --json      the figures, one JSON object a line
//   workload series N    the first N values of a series under four quality tests
//   workload judge N     how many of these values the core judges a second
import DetectionCore

struct Figure {
  var name: String
  var value: Double
  var unit: String
  var goal: Double?
  var better: String

  var json: String {
    let goal = goal.map { "\($0)" } ?? "null"
    return """
      {"name": "\(name)", "value": \(value), "unit": "\(unit)", "goal": \(goal), \
      "better": "\(better)"}
      """
  }

  var text: String {
    "\(name): \(value) \(unit)" + (goal.map { " (goal: \($0), \(better) is better)" } ?? "")
  }
}

func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

/// The best of several runs: what the code costs, with the least of what else the machine did.
func nanosecondsPerReading(stations: Int, hasTrend: Bool = false) throws -> Double {
  let clock = ContinuousClock()
  var best = Double.infinity
  for _ in 0..<7 {
    var workload = try Workload(stations: stations, hasTrend: hasTrend)
    var taken = Duration.zero
    for batch in 0..<1_020 {
      workload.prepare(readings: 1_000)
      let start = clock.now
      workload.run()
      // The first batches fill the windows and the machine's caches.
      if batch >= 20 { taken += clock.now - start }
    }
    best = min(best, seconds(taken) * 1e9 / 1_000_000)
  }
  return best
}

/// The time from a reading's acceptance to the end of its decision, at the given quantile.
func latency(readings: Int, quantile: Double) throws -> Double {
  let clock = ContinuousClock()
  var workload = try Workload(stations: 1)
  workload.prepare(readings: 20_000)
  workload.run()
  var samples = [Double](repeating: 0, count: readings)
  for index in samples.indices {
    workload.prepare(readings: 1)
    let start = clock.now
    workload.run()
    samples[index] = seconds(clock.now - start)
  }
  samples.sort()
  return samples[Int(Double(readings - 1) * quantile)]
}

func figures() throws -> [Figure] {
  let one = try nanosecondsPerReading(stations: 1)
  let trend = try nanosecondsPerReading(stations: 1, hasTrend: true)
  let fifty = try nanosecondsPerReading(stations: 25)
  return [
    Figure(name: "core.reading", value: one, unit: "ns", goal: 60, better: "lower"),
    Figure(name: "core.reading.trend", value: trend, unit: "ns", goal: 60, better: "lower"),
    Figure(
      name: "core.readings", value: Double(Int(1e9 / one)), unit: "1/s", goal: 1e9 / 60,
      better: "higher"),
    Figure(
      name: "core.reading.50points", value: fifty / one, unit: "times", goal: 1.3,
      better: "lower"),
    Figure(
      name: "core.latency.p99.99", value: try latency(readings: 1_000_000, quantile: 0.9999) * 1e6,
      unit: "us", goal: 5, better: "lower"),
  ]
}

/// The number on the command line.
func count(default number: Int) -> Int {
  CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? number
}

switch CommandLine.arguments.dropFirst().first {
case "count":
  let readings = count(default: 100_000)
  var workload = try Workload(stations: 1)
  workload.prepare(readings: readings)
  let before = allocation_probe_count()
  workload.run()
  let allocations = allocation_probe_count() - before
  print(
    "readings \(readings) assessed \(workload.assessed) events \(workload.events)",
    "digest \(String(workload.digest, radix: 16)) allocations \(allocations)")
case "series": QualitySeries.write(count(default: 1_000_000))
case "judge": print(try QualitySeries.judge(count(default: 1_000_000), runs: 5))
case "--json": for figure in try figures() { print(figure.json) }
default: for figure in try figures() { print(figure.text) }
}
