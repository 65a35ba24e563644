internal import Delivery
internal import DetectionCore
internal import GatewayRuntime
internal import Logging

extension Fact {
  /// The fact as its destinations get it, as one line of JSON.
  func line(site: SiteDescription) -> String {
    let format = NativeFormat(
      site: site, session: SessionIdentity(epoch: "", number: 0), version: nomoriVersion)
    let now = time.wallTime(by: nil)
    return format.messages(of: self, isDurable: true, at: SendingMoment(now: now)).map {
      String(decoding: $0.payload, as: UTF8.self)
    }.joined(separator: "\n")
  }

  /// When it happened and what, for people.
  func sentence(in language: Language) -> String {
    guard case .event(let event) = content else { return id }
    let time = CivilTime(time.wallTime(by: nil)).timestamp
    return time + " " + language.pick(event.text.english, event.text.japanese)
  }

  /// A warning where an alarm has become worse, a sensor fails or something is missing; else a notice.
  var level: Logger.Level {
    switch content {
    case .event(let event):
      let isWorse = event.alarm.map { $0.stage.level > $0.previousStage.level }
      return isWorse ?? (event.kind == "sensorFault") ? .warning : .notice
    case .gap: return .warning
    case .observations, .removal, .rendered: return .notice
    }
  }
}
