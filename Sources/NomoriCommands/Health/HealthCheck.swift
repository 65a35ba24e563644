internal import Delivery
internal import DetectionCore
internal import LinuxHost
internal import Polling

/// Findings about a machine, made from what was read of it alone.
struct HealthCheck {
  let language: Language

  /// Bytes below which a disk is as good as full: a recording needs some to be closed in order.
  static let leastFreeBytes: Int64 = 64 << 20
  /// A time before this one, 2025-01-01, is that of a clock that was never set.
  static let firstPlausibleSecond: Int64 = 1_735_689_600

  // MARK: Ports

  /// A serial port of a site, or one that is simply there.
  func port(_ subject: String, _ state: SerialPortState, present: [String]) -> Finding {
    func problem(_ text: String, _ remedy: String) -> Finding {
      Finding(subject: subject, verdict: .problem, text: "\(state.path): \(text)", remedy: remedy)
    }
    guard let device = state.device else {
      let list = present.isEmpty ? language.pick("none", "なし") : present.joined(separator: ", ")
      return problem(
        language.pick("not there", "ありません"),
        language.pick(
          "plug the adapter in or correct the path; ports that are there: \(list)",
          "アダプタを接続するか、パスを直してください。あるポート: \(list)"))
    }
    guard state.isCharacterDevice else {
      return problem(
        language.pick("no serial port", "シリアルポートではありません"),
        language.pick("correct the path", "パスを直してください"))
    }
    guard state.isPermitted else {
      let text = language.pick("may not be used by this user", "このユーザーは使えません")
      guard let group = state.group else {
        return problem(
          text,
          language.pick(
            "no group may use it: give it to dialout by a udev rule, and join that group",
            "使えるグループがありません。udev ルールで dialout に渡し、そのグループに入ってください"))
      }
      return problem(
        text,
        language.pick(
          "sudo usermod -aG \(group) USER, then log in again",
          "sudo usermod -aG \(group) USER を実行し、ログインし直してください"))
    }
    return usable(subject, state, device: device)
  }

  private func usable(_ subject: String, _ state: SerialPortState, device: String) -> Finding {
    var remarks: [String] = []
    var remedies: [String] = []
    if state.isLocked {
      remarks.append(
        language.pick("in use, by a running gateway perhaps", "使用中（ゲートウェイが動作中かもしれません）"))
    }
    if state.isUnstable {
      remarks.append(language.pick("the number may change", "番号が変わることがあります"))
      let stable = state.stablePaths.first
      remedies.append(
        language.pick(
          "name it \(stable ?? "by a udev rule")",
          "\(stable ?? "udev ルールによる名前") を使ってください"))
    }
    if let latency = state.latencyMs, latency > 1 {
      let name = device.split(separator: "/").last ?? ""
      remarks.append(
        language.pick(
          "the adapter holds answers back for \(latency) ms", "アダプタが応答を \(latency) ms 保留します"))
      remedies.append("echo 1 | sudo tee /sys/class/tty/\(name)/device/latency_timer")
    }
    let isWell = remedies.isEmpty
    let text = remarks.isEmpty ? language.pick("usable", "使用可能") : remarks.joined(separator: "; ")
    return Finding(
      subject: subject, verdict: isWell ? .ok : .warning, text: "\(state.path): \(text)",
      remedy: isWell ? nil : remedies.joined(separator: "; "))
  }

  /// A bus over the network, and why it could not be reached.
  func network(_ subject: String, _ port: String, fault: BusFault?) -> Finding {
    guard let fault else {
      return Finding(
        subject: subject, verdict: .ok,
        text: "\(port): " + language.pick("answers", "応答あり"))
    }
    return Finding(
      subject: subject, verdict: .problem, text: fault.text(port: port, in: language),
      remedy: language.pick("check cable, address and port", "ケーブル、アドレス、ポートを確かめてください"))
  }

  // MARK: The machine

  func realtime(_ refusal: HostError?) -> Finding {
    guard let refusal else {
      return Finding(
        subject: "real-time", verdict: .ok, text: language.pick("granted", "許可されています"))
    }
    return Finding(
      subject: "real-time", verdict: .warning, text: refusal.description,
      remedy: language.pick(
        "set LimitRTPRIO=50 in the service, or \"rtprio 50\" in /etc/security/limits.d; "
          + "without it alarms may be late on a busy machine",
        "サービスに LimitRTPRIO=50、または /etc/security/limits.d に \"rtprio 50\" を設定してください。"
          + "ないと高負荷時に警報が遅れることがあります"))
  }

  func memory(_ refusal: HostError?) -> Finding {
    guard let refusal else {
      return Finding(
        subject: "memory", verdict: .ok, text: language.pick("can be locked", "固定できます"))
    }
    return Finding(
      subject: "memory", verdict: .warning, text: refusal.description,
      remedy: language.pick(
        "set LimitMEMLOCK=infinity in the service, or \"memlock unlimited\" in "
          + "/etc/security/limits.d",
        "サービスに LimitMEMLOCK=infinity、または /etc/security/limits.d に "
          + "\"memlock unlimited\" を設定してください"))
  }

  func clock(_ time: WallTime) -> Finding {
    let seconds = time.nanosecondsSince1970 / 1_000_000_000
    let shown = String(CivilTime(time).timestamp.prefix(19)) + "Z"
    guard seconds >= Self.firstPlausibleSecond else {
      return Finding(
        subject: "clock", verdict: .problem,
        text: language.pick("\(shown): was never set", "\(shown): 未設定です"),
        remedy: language.pick(
          "connect a network with a time server, or a GNSS receiver or battery clock",
          "時刻サーバーのあるネットワーク、GNSS 受信機、または電池式時計を接続してください"))
    }
    guard time.synchronized else {
      return Finding(
        subject: "clock", verdict: .warning,
        text: language.pick("\(shown): not synchronised", "\(shown): 同期していません"),
        remedy: language.pick(
          "sudo timedatectl set-ntp true, or set up chrony; times of alarms are marked until then",
          "sudo timedatectl set-ntp true、または chrony を設定してください。それまで警報の時刻には印が付きます"))
    }
    return Finding(
      subject: "clock", verdict: .ok,
      text: language.pick("\(shown), synchronised", "\(shown)、同期済み"))
  }

  /// A folder that may grow to `maximumBytes`.
  func folder(_ subject: String, _ state: FolderState, maximumBytes: Int64) -> Finding {
    let free = "\(state.freeBytes >> 20) MiB"
    guard state.isWritable else {
      return Finding(
        subject: subject, verdict: .problem,
        text: "\(state.path): "
          + language.pick(
            "\(state.existing) may not be written to", "\(state.existing) に書き込めません"),
        remedy: "sudo install -d -o USER \(state.path)")
    }
    guard state.freeBytes >= Self.leastFreeBytes else {
      return Finding(
        subject: subject, verdict: .problem,
        text: "\(state.path): " + language.pick("only \(free) free", "空き \(free) のみ"),
        remedy: language.pick("make room on the disk", "ディスクの空きを増やしてください"))
    }
    guard state.freeBytes >= maximumBytes - state.usedBytes else {
      let limit = "\(maximumBytes >> 20) MiB"
      return Finding(
        subject: subject, verdict: .warning,
        text: "\(state.path): "
          + language.pick(
            "\(free) free, and it may grow to \(limit)", "空き \(free)、上限は \(limit)"),
        remedy: language.pick(
          "lower maximumSize in the site file, or make room", "maximumSize を下げるか、空きを増やしてください"))
    }
    return Finding(
      subject: subject, verdict: .ok,
      text: "\(state.path): " + language.pick("\(free) free", "空き \(free)"))
  }

  /// A broker, and why it could not be reached.
  func broker(_ subject: String, _ plan: DestinationPlan, problem: String?) -> Finding {
    let name = "\(plan.host):\(plan.port)"
    guard let problem else {
      return Finding(
        subject: subject, verdict: .ok,
        text: "\(name): " + language.pick("connected", "接続できました"))
    }
    return Finding(
      subject: subject, verdict: .problem, text: "\(name): \(problem)",
      remedy: language.pick(
        "check host, port, security, user and password in the site file; events wait until then",
        "観測所ファイルの host、port、security、ユーザー、パスワードを確かめてください。"
          + "それまでイベントは保管されます"))
  }
}
