internal import ArgumentParser
internal import Commissioning
internal import Polling

extension BusFault {
  /// A sentence about the fault on the bus at `port`, with the remedy where there is one.
  func text(port: String, in language: Language) -> String {
    guard language == .ja else { return explanation(port: port) }
    return switch self {
    case .timeout: "時間内に応答なし"
    case .badChecksum: "チェックサム不一致の応答（ノイズ、または同じアドレスの機器が二台）"
    case .unexpectedAnswer: "要求と合わない応答"
    case .wrongUnit: "別のユニットからの応答"
    case .exception(let code): "例外応答 \(code)（\(Self.japanese(exception: code))）"
    case .lineNeverIdle: "\(port): 回線が静まらない"
    case .portLost(let number): "\(port): ポートが失われた（errno \(number)）"
    case .portUnavailable(let problem): "\(port): \(Self.japanese(problem))"
    case .wrongDevice: "別の機器が応答しています（識別がプロファイルと違います）"
    case .notVerified: "書いた値が読み返しと一致しません"
    }
  }

  private static func japanese(_ problem: PortProblem) -> String {
    switch problem {
    case .notFound: "そのようなポートはありません"
    case .permissionDenied: "権限がありません。ユーザーを dialout グループに加えてください"
    case .inUse: "別のプログラムが使用中です"
    case .notASerialLine: "シリアル回線ではありません"
    case .unsupportedSettings: "シリアルポートにない回線設定です"
    case .noDirectionControl: "ドライバーが RS-485 の送信を切り替えられません。rs485 を外してください"
    case .refused: "接続を拒否されました"
    case .unreachable: "ホストが応答しません"
    case .other: "開けません（\(problem.explanation)）"
    }
  }

  private static func japanese(exception code: UInt8) -> String {
    switch code {
    case 1: "機能コード不正"
    case 2: "アドレス不正"
    case 3: "値不正"
    case 4: "機器の故障"
    case 5: "処理中"
    case 6: "機器は使用中"
    case 8: "メモリ異常"
    case 10: "ゲートウェイ経路なし"
    case 11: "ゲートウェイの先から応答なし"
    default: "不明"
    }
  }
}

/// Opens a bus; a fault becomes a sentence and an exit code.
func openBus(
  _ link: Link, transmitter: TransmitterControl? = nil, _ language: Language
) throws -> FieldBus {
  do throws(BusFault) {
    return try FieldBus(opening: link, transmitter: transmitter)
  } catch {
    throw portFailure(error, link: link, language)
  }
}

/// Says what a fault of a port means, and gives the exit code for it: 66 where the port is not there
/// or forbidden, 69 otherwise.
func portFailure(_ fault: BusFault, link: Link, _ language: Language) -> ExitCode {
  complain("nomori: " + fault.text(port: link.name, in: language))
  switch fault {
  case .portUnavailable(.notFound), .portUnavailable(.permissionDenied): return .noInput
  case .timeout, .badChecksum, .unexpectedAnswer, .wrongUnit, .exception, .notVerified,
    .wrongDevice, .lineNeverIdle, .portUnavailable, .portLost:
    return .unavailable
  }
}
