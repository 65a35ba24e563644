// What it costs to write a message, in each format: time on a processor, heap allocations and bytes. One JSON
// object a line, as deploy/bench takes them.
//
//     FormatCost NAME SITE
//
// SITE is a site file with one destination, which has the format. A level that rises and falls through all
// stages goes through the site's rules; its events and values are what is written.

import CAllocationProbe
import Commissioning
import Delivery
import DetectionCore
import Glibc
import SiteConfiguration

/// Writes `messages` over and over, and prints what one costs.
func measure(_ name: String, _ messages: () -> [MQTTMessage]) {
  let clock = ContinuousClock()
  var count = 0
  var bytes = 0
  for _ in 0..<20 { _ = messages() }
  let allocations = allocation_probe_count()
  let start = clock.now
  for _ in 0..<400 {
    for message in messages() {
      count += 1
      bytes += message.topic.utf8.count + message.payload.count
    }
  }
  let span = clock.now - start
  let made = allocation_probe_count() - allocations
  guard count > 0 else { return }
  let microseconds =
    (Double(span.components.seconds) * 1e6 + Double(span.components.attoseconds) / 1e12)
    / Double(count)
  line("\(name).time", microseconds, "us")
  line("\(name).allocations", Double(made) / Double(count), "1")
  line("\(name).bytes", Double(bytes) / Double(count), "By")
}

func line(_ name: String, _ value: Double, _ unit: String) {
  let rounded = (value * 100).rounded() / 100
  print(
    #"{"name": "formats.\#(name)", "value": \#(rounded), "unit": "\#(unit)", "goal": null, "better": "lower"}"#
  )
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: FormatCost NAME SITE")
  exit(64)
}
let site = try SiteFiles().load(arguments[2]).site
let course = try Course(of: site)
let plan = site.destinations[0]
var format = plan.format.format(
  for: Speaker(
    site: site.description, session: course.source.session, version: "0",
    topics: plan.topics(of: site.description.id), operators: plan.operators))
let moment = SendingMoment(
  now: WallTime(nanosecondsSince1970: 1_800_000_000_000_000_000, synchronized: true))

_ = format.status(.online(since: moment.now), at: moment)
_ = format.announcements(at: moment)
format.announced()
measure("\(arguments[1]).event") {
  course.facts.flatMap { fact in
    let messages = format.messages(of: fact, isDurable: true, at: moment)
    for _ in messages { format.published() }
    return messages
  }
}
measure("\(arguments[1]).value") {
  course.values.compactMap { value in
    let message = format.point(value, at: moment)
    if message != nil { format.published() }
    return message
  }
}
