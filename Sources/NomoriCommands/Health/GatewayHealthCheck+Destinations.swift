internal import GatewayStatus

extension GatewayHealthCheck {
  /// How a destination does, and each of the newest events that it refused.
  func destination(_ destination: SiteStatus.Destination) -> [Finding] {
    [connection(of: destination)]
      + destination.newestRefused.map { refused in
        Finding(
          subject: "refused \(refused.id)", verdict: .warning,
          text: language.pick(
            "by \(destination.id) since \(refused.since): \(refused.reason)",
            "\(destination.id) が拒否（\(refused.since)）：\(refused.reason)"),
          remedy: nil)
      }
  }

  private func connection(of destination: SiteStatus.Destination) -> Finding {
    var waiting = language.pick(
      "\(destination.waitingEvents) events wait", "送信待ち \(destination.waitingEvents) 件")
    if destination.refusedEvents > 0 {
      waiting += language.pick(
        ", \(destination.refusedEvents) refused", "、拒否 \(destination.refusedEvents) 件")
    }
    if destination.droppedEvents > 0 {
      waiting += language.pick(
        ", \(destination.droppedEvents) dropped for want of room",
        "、容量不足で破棄 \(destination.droppedEvents) 件")
    }
    guard !destination.isConnected else {
      let isComplete = destination.refusedEvents + destination.droppedEvents == 0
      return Finding(
        subject: "broker \(destination.id)", verdict: isComplete ? .ok : .warning,
        text: connected(destination) + waiting,
        remedy: isComplete
          ? nil
          : language.pick(
            "refused events are offered again once a day and at the next start: see the broker's access list "
              + "and size limit",
            "拒否されたイベントは一日一回と次回の起動時に再送します。ブローカーの権限とサイズ上限を確かめてください"))
    }
    let why = destination.problem.map { ": " + $0.text(in: language) } ?? ""
    return Finding(
      subject: "broker \(destination.id)", verdict: .problem,
      text: language.pick("not connected\(why); ", "未接続\(why)、") + waiting,
      remedy: language.pick(
        "check the network and the broker; events are kept until then",
        "ネットワークとブローカーを確かめてください。イベントはそれまで保管されます"))
  }

  /// To which broker it is connected, and how it is spoken to.
  private func connected(_ destination: SiteStatus.Destination) -> String {
    let way = destination.broker + (destination.mqttVersion.map { ", MQTT \($0)" } ?? "")
    return language.pick("connected (\(way)); ", "接続中（\(way)）、")
  }
}
