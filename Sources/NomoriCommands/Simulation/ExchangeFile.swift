internal import DetectionCore
internal import LinuxHost
internal import SimulatedSite
internal import Synchronization

/// The exchanges on simulated buses as a table: nanoseconds since the start of the simulation, frames
/// in hexadecimal, `end` empty where no answer came.
final class ExchangeFile: Sendable {
  private let file: GrowingFile
  private let state = Mutex<State>(State())

  private struct State {
    var rows = "bus,device,start,heard,end,request,answer\n"
    var failure: HostError?
  }

  /// Makes the file.
  ///
  /// - Throws: `HostError`, also where something stands there already.
  init(_ path: String) throws(HostError) { file = try GrowingFile(creating: path) }

  /// Writes an exchange down; from any thread.
  @Sendable func note(_ exchange: SimulatedExchange) {
    let end = exchange.end.map { String($0.nanoseconds) } ?? ""
    let row =
      "\(exchange.bus),\(exchange.device),\(exchange.start.nanoseconds),"
      + "\(exchange.heard.nanoseconds),\(end),\(Self.hexadecimal(exchange.request)),"
      + "\(Self.hexadecimal(exchange.answer))\n"
    state.withLock { state in
      state.rows += row
      if state.rows.utf8.count >= Self.block { write(&state) }
    }
  }

  /// Writes what is left.
  ///
  /// - Throws: `HostError` where the disk refused something since the beginning.
  func close() throws(HostError) {
    try state.withLock { (state) throws(HostError) in
      write(&state)
      if let failure = state.failure { throw failure }
    }
  }

  private func write(_ state: inout State) {
    if state.failure == nil {
      do { try file.append(Array(state.rows.utf8)) } catch { state.failure = error }
    }
    state.rows = ""
  }

  /// Written at once, so that the disk is not asked for each exchange.
  private static let block = 1 << 16

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
