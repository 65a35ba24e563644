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
      /// What is read of a Modbus unit; absent for messages, which have an index in their profile.
      var unit: UInt8?
      var function: UInt8?
      var address: UInt16?
      var count: UInt16?
      var message: Int?
      /// False for what a device sends by itself.
      var isAsked: Bool
      var points: [String]
      var periodMs: Double?
      var samples: Int
      var bytes: Int
      var timeMs: Double
      var utilisation: Double
      var deadlineMs: Double
      var worstResponseMs: Double?
    }

    var site: String
    var bus: String
    var link: String
    var baud: UInt32?
    var utilisation: Double
    var highestUtilisation: Double
    var longestWriteMs: Double
    /// While rules ask for their shortest periods.
    var utilisationAtShortestPeriods: Double
    var unaskedBytesPerSecond: Double
    var reads: [Read]

    init(_ table: BusTable) {
      site = table.site.description.id
      bus = table.plan.id
      link = table.plan.link.name
      baud = table.plan.link.transmission?.serial.baud
      utilisation = table.load.utilisation
      highestUtilisation = BusLoad.highestUtilisation
      longestWriteMs = table.load.longestWrite.seconds * 1000
      utilisationAtShortestPeriods = (table.fastest ?? table.load).utilisation
      unaskedBytesPerSecond = table.unaskedBytesPerSecond
      reads = table.load.reads.map { read in
        let device = table.plan.devices[read.device]
        let message: Int? = if case .message(let index, _) = read.content { index } else { nil }
        return Read(
          device: device.id, unit: device.modbus?.unit,
          function: read.span?.table.readFunctionCode, address: read.span?.address,
          count: read.span?.count, message: message, isAsked: read.isAsked,
          points: table.names(of: read), periodMs: read.period.map { $0.seconds * 1000 },
          samples: read.samples, bytes: read.bytes, timeMs: read.time.seconds * 1000,
          utilisation: read.utilisation, deadlineMs: read.deadline.seconds * 1000,
          worstResponseMs: read.worstResponse.map { $0.seconds * 1000 })
      }
    }
  }
}
