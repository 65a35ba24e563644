internal import GatewayStatus
internal import Polling

extension GatewayProblem {
  /// A sentence about the problem; reasons stay as the system or the broker gave them.
  func text(in language: Language) -> String {
    guard language == .ja else { return description }
    if let fault = BusFault(code: code) { return fault.text(port: detail ?? "", in: language) }
    guard let text = Self.japanese[code] else { return description }
    return text + (detail.map { "（\($0)）" } ?? "")
  }

  /// The codes of all problems but those of buses, in Japanese.
  private static let japanese = [
    "brokerFile": "接続先のファイルを使えません",
    "brokerSettings": "ブローカーの設定に誤りがあります",
    "brokerUnreachable": "ブローカーに届きません",
    "brokerNotTrusted": "ブローカーを信頼できません",
    "brokerExpired": "ブローカーの証明書の有効期限が切れています",
    "brokerNotYetValid": "ブローカーの証明書はまだ有効期間前です。まずこの機器の時計を確かめてください",
    "brokerWrongName": "ブローカーの証明書が host の名前と一致しません",
    "brokerUnknownAuthority": "ブローカーの証明書の認証局を信頼していません。authorityFile を確かめてください",
    "brokerNotAuthorized": "ブローカーがユーザーを拒否しました",
    "brokerVersion": "ブローカーが MQTT 5 に未対応のため 3.1.1 を試しています",
    "brokerSilent": "ブローカーが応答せずに接続を閉じました。次は別の版を試します",
    "brokerRefused": "ブローカーが拒否しました",
    "subscriptionRefused": "ブローカーが指令トピックの購読を拒否したため、指令が届きません。読み取りを許可してください",
    "brokerRefusesDot":
      "このトピックの直後にブローカーが接続を繰り返し閉じます。「.」を受け付けないためと思われます。送信先に idSeparator: slash (または dash) を設定してください",
    "brokerLost": "ブローカーとの接続が切れました",
    "brokerNotConnected": "ブローカーに接続していません",
    "brokerCongested": "ネットワークが混んでいて送れません",
    "brokerMessage": "送れないメッセージがあります",
    "outboxFolder": "送信箱のフォルダーがありません",
    "outboxUnwritable": "送信箱に書き込めません",
    "outboxInUse": "送信箱を別のプロセスが使用中です",
    "outboxVersion": "送信箱が新しい版のものです",
    "outboxReadOnly": "送信箱のディスクが読み取り専用です。イベントはメモリーから送信中で、停電すると失われます",
    "outboxFull": "送信箱が満杯です。イベントはメモリーから送信中で、停電すると失われます",
    "outboxFailed": "送信箱が故障しています。イベントはメモリーから送信中で、停電すると失われます",
    "outboxHung": "送信箱のディスクが応答しません。イベントはメモリーから送信中で、停電すると失われます",
    "outboxUnmounted":
      "送信箱のディスクがマウントされていません。戻るまでイベントはメモリーから送信し、停電すると失われます",
    "outboxLost": "送信箱のファイルが失われたため、メモリーの内容から作り直しています",
    "outboxGone": "運転中に送信箱のファイルが削除されたため作り直しました",
    "outboxForgotten": "設定から消えた接続先のイベントを破棄しました",
    "outboxBegunAnew": "送信箱が壊れていたため作り直しました。元のファイルは残してあります",
    "recordingFailed": "記録できません",
    "memoryNotLocked": "メモリーをロックせずに動作中です",
    "notRealtime": "リアルタイム優先度なしで動作中です",
    "outputNotSwitched": "出力が切り替わりません",
  ]
}
