internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

extension BusTable {
  /// The table for programs. Times are in milliseconds, parts of the bus's time from 0 to 1, addresses
  /// count from 0.
  struct JSON: Encodable {
    struct Read: Encodable {
      var device: String
      var unit: Int
      var function: Int
      var address: Int
      var count: Int
      var points: [String]
      /// Of the points that are due then, the shortest first.
      var periodsMs: [Double]
      var samples: Int
      /// How often in a second, on the average.
      var rate: Double
      var timeMs: Double
      var utilisation: Double
      var deadlineMs: Double
      var worstResponseMs: Double?
    }

    var site: String
    var bus: String
    var link: String
    var baud: Int?
    var utilisation: Double
    var highestUtilisation: Double
    var longestWriteMs: Double
    /// While rules ask for their shortest periods.
    var utilisationAtShortestPeriods: Double
    var reads: [Read]

    init(_ table: BusTable) {
      site = table.site.description.id
      bus = table.plan.id
      link = table.plan.link.name
      baud = table.plan.link.transmission.map { Int($0.serial.baud) }
      utilisation = table.load.utilisation
      highestUtilisation = BusLoad.highestUtilisation
      longestWriteMs = table.load.longestWrite.seconds * 1000
      utilisationAtShortestPeriods = (table.fastest ?? table.load).utilisation
      reads = table.load.reads.map { read in
        Read(
          device: table.plan.devices[read.device].id,
          unit: Int(table.plan.devices[read.device].unit),
          function: Int(read.span.table.readFunctionCode), address: Int(read.span.address),
          count: Int(read.span.count), points: table.names(of: read),
          periodsMs: read.periods.map { $0.seconds * 1000 }, samples: read.samples, rate: read.rate,
          timeMs: read.time.seconds * 1000, utilisation: read.utilisation,
          deadlineMs: read.deadline.seconds * 1000,
          worstResponseMs: read.worstResponse.map { $0.seconds * 1000 })
      }
    }
  }
}
