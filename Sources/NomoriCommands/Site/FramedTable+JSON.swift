internal import Delivery
internal import DetectionCore
internal import DeviceProfiles
internal import Polling
internal import SiteConfiguration

extension FramedTable {
  /// The table for programs; as that of `BusTable`.
  struct JSON: Encodable {
    struct Message: Encodable {
      var device: String
      var message: Int
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
    var utilisation: Double
    var unaskedBytesPerSecond: Double
    var messages: [Message]

    init(_ table: FramedTable) {
      site = table.site.description.id
      bus = table.plan.id
      link = table.plan.link.name
      utilisation = table.load.utilisation
      unaskedBytesPerSecond = table.unaskedBytesPerSecond
      messages = table.load.messages.map { message in
        Message(
          device: table.plan.devices[message.device].id, message: message.message,
          isAsked: message.isAsked, points: table.names(of: message),
          periodMs: message.period.map { $0.seconds * 1000 }, samples: message.samples,
          bytes: message.bytes, timeMs: message.time.seconds * 1000,
          utilisation: message.utilisation, deadlineMs: message.deadline.seconds * 1000,
          worstResponseMs: message.worstResponse.map { $0.seconds * 1000 })
      }
    }
  }
}
