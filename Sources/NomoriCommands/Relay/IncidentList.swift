internal import Alerting
internal import Delivery
internal import DetectionCore
internal import Foundation
internal import RelayRuntime

/// The last incidents, and per recipient what the other side has.
struct IncidentList {
  let store: String
  let format: OutputFormat
  let language: Language

  /// So many incidents fit what a person looks through.
  private static let most = 50

  func show() throws {
    for entry in try RelayHistory.read(store, limit: Self.most) {
      switch format {
      case .json: say(try json(Row(entry)))
      case .text: for line in lines(of: entry) { say(line) }
      }
    }
  }

  private func lines(of entry: RelayHistory) -> [String] {
    let incident = entry.incident
    let subject = incident.latest.alarm?.name ?? incident.latest.point?.name
    let name = subject.map { language.pick($0) } ?? incident.subject.id
    let stage = incident.latest.stage.map { language.pick($0.name) } ?? ""
    let state =
      incident.isOver
      ? language.pick("over", "終了")
      : incident.acknowledgement.map {
        language.pick("acknowledged by \($0.by)", "\($0.by) が確認")
      } ?? language.pick("nobody has acknowledged", "未確認")
    let told = entry.recipients.map { "  \($0.recipient): " + words($0) }
    return ["\(time(incident.begun))  \(incident.site)  \(name)  \(stage)  \(state)"]
      + (told.isEmpty ? ["  " + language.pick("nobody was told", "通知先なし")] : told)
  }

  private func words(_ told: RelayHistory.Recipient) -> String {
    var parts = [language.pick("told \(told.sent)", "通知 \(told.sent) 件")]
    if told.pending > 0 {
      parts.append(language.pick("waiting \(told.pending)", "送信待ち \(told.pending) 件"))
    }
    if told.givenUp > 0 {
      parts.append(language.pick("given up \(told.givenUp)", "断念 \(told.givenUp) 件"))
    }
    return parts.joined(separator: language.pick(", ", "、"))
  }

  private func time(_ nanoseconds: Int64) -> String {
    CivilTime(WallTime(nanosecondsSince1970: nanoseconds, synchronized: true)).timestamp
  }

  private struct Row: Encodable {
    var incident: String
    var site: String
    var subject: String
    var stage: Int
    var acknowledgedBy: String?
    var recipients: [RelayHistory.Recipient]

    init(_ entry: RelayHistory) {
      incident = entry.incident.id
      site = entry.incident.site
      subject = entry.incident.subject.id
      stage = entry.incident.level
      acknowledgedBy = entry.incident.acknowledgement?.by
      recipients = entry.recipients
    }
  }
}
