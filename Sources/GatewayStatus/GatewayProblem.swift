public import Delivery
public import Polling

/// Something that runs less well than it should, so that it can be said in any language.
public struct GatewayProblem: Codable, Equatable, Sendable, CustomStringConvertible {
  /// What it is, in a word: a `BusFault.code`, or one such as `brokerUnreachable`.
  public let code: String
  /// What belongs to it, such as a path or the reason that the system or the broker gives.
  public let detail: String?
  /// One sentence in English.
  public let description: String

  /// Makes a problem.
  public init(_ code: String, detail: String? = nil, _ description: String) {
    self.code = code
    self.detail = detail
    self.description = description
  }

  /// A fault of the bus at `port`, or of a device on it.
  public init(_ fault: BusFault, port: String) {
    self.init(fault.code, detail: port, fault.explanation(port: port))
  }

  /// The broker does not pass on what matches `filter`: no command arrives from there.
  public init(refusedFilter filter: String, _ reason: String) {
    self.init(
      "subscriptionRefused", detail: "\(filter): \(reason)",
      "the broker refuses the subscription to \(filter) (\(reason)), so that no command arrives; "
        + "let it read that topic")
  }

  /// What keeps a broker from being reached, or from doing as told.
  public init(_ error: BrokerError) {
    let (code, detail): (String, String?) =
      switch error {
      case .badFile(let path, let reason): ("brokerFile", "\(path): \(reason)")
      case .badSettings(let reason): ("brokerSettings", reason)
      case .unreachable(let reason): ("brokerUnreachable", reason)
      case .notTrusted(.expired): ("brokerExpired", nil)
      case .notTrusted(.notYetValid): ("brokerNotYetValid", nil)
      case .notTrusted(.wrongName(let host)): ("brokerWrongName", host)
      case .notTrusted(.unknownAuthority): ("brokerUnknownAuthority", nil)
      case .notTrusted(.other(let reason)): ("brokerNotTrusted", reason)
      case .notAuthorized(let reason): ("brokerNotAuthorized", reason)
      case .versionRefused: ("brokerVersion", nil)
      case .closedUnanswered(let next): ("brokerSilent", "MQTT \(next)")
      case .refused(let reason): ("brokerRefused", reason)
      case .dotRefused(let topic): ("brokerRefusesDot", topic)
      case .lost(let reason): ("brokerLost", reason)
      case .notConnected: ("brokerNotConnected", nil)
      case .congested: ("brokerCongested", nil)
      case .badMessage(let topic, let reason): ("brokerMessage", "\(topic): \(reason)")
      }
    self.init(code, detail: detail, error.description)
  }

  /// The outbox was lost while the gateway ran, and is begun anew; what was left of it stands at `aside`.
  public init(begunAnew error: FactStoreError, aside: String?) {
    if let aside {
      self.init(
        "outboxBegunAnew", detail: aside, "\(error.description); the old one: \(aside)")
    } else {
      self.init("outboxGone", error.description)
    }
  }

  /// Why events could not be committed.
  public init(_ error: FactStoreError) {
    let (code, detail) =
      switch error {
      case .folderMissing(let path): ("outboxFolder", path)
      case .unwritable(let path, let reason): ("outboxUnwritable", "\(path): \(reason)")
      case .inUse(let path): ("outboxInUse", path)
      case .newerVersion(let path): ("outboxVersion", path)
      case .readOnly(let path): ("outboxReadOnly", path)
      case .full(let path): ("outboxFull", path)
      case .hung(let path): ("outboxHung", path)
      case .unmounted(let path): ("outboxUnmounted", path)
      case .failed(let path, let reason): ("outboxFailed", "\(path): \(reason)")
      case .lost(let path, let reason): ("outboxLost", "\(path): \(reason)")
      }
    self.init(code, detail: detail, error.description)
  }
}
