import CMosquitto
import Delivery
import Glibc

/// What is known where a connection could not be made or has ended, and what it means.
struct ConnectionFailure {
  /// The result of the library's function.
  let result: Int32
  /// The system's error that stood beside it.
  let system: Int32
  let inbox: Inbox
  let version: ProtocolVersion
  let host: String
  /// Whether the TLS handshake was over.
  let isSecured: Bool
  let usesTLS: Bool

  var error: BrokerError {
    switch mosq_err_t(rawValue: numericCast(max(result, 0))) {
    case MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE, MOSQ_ERR_OCSP: .notTrusted(trustFailure)
    case MOSQ_ERR_EAI, MOSQ_ERR_LOOKUP: .unreachable(reason: describe(result))
    case MOSQ_ERR_INVAL: .badSettings(reason: describe(result))
    case MOSQ_ERR_AUTH: .notAuthorized(reason: describe(result))
    case MOSQ_ERR_ERRNO where system != 0: ended(unsafe String(cString: strerror(system)))
    default: ended(describe(result))
    }
  }

  /// The connection is gone; what has become of it before tells what that means.
  private func ended(_ reason: String) -> BrokerError {
    if inbox.wasConnected { return .lost(reason: reason) }
    if usesTLS, isRefusedByTLS { return .notTrusted(trustFailure) }
    if isHandshakeBrokenOff {
      return .notTrusted(.other(reason: "the broker broke off the TLS handshake"))
    }
    return wasMade ? .closedUnanswered(next: version) : .unreachable(reason: reason)
  }

  /// A failed handshake may surface as a plain loss, and with TLS 1.3 a server refuses our certificate
  /// only after it, with an alert; the library's complaint tells.
  private var isRefusedByTLS: Bool {
    guard let complaint = inbox.complaint else { return false }
    return !wasSecured || complaint.contains("alert")
  }

  /// The peer closed in the middle of the handshake, and what it may have said was lost with that.
  private var isHandshakeBrokenOff: Bool {
    usesTLS && !wasSecured && result == MOSQ_ERR_ERRNO.rawValue && system == EPROTO
  }

  private var wasSecured: Bool { isSecured || inbox.wasSecured }

  /// True where the network had made the connection, with TLS where that is wanted. Nobody at the port,
  /// and no way to it, show as other errors of the system than a peer that resets or closes.
  private var wasMade: Bool {
    // TLS that ends in order without a complaint had begun.
    if usesTLS {
      return wasSecured || inbox.complaint == nil && result == MOSQ_ERR_CONN_LOST.rawValue
    }
    guard result == MOSQ_ERR_ERRNO.rawValue else { return result == MOSQ_ERR_CONN_LOST.rawValue }
    return system == ECONNRESET || system == EPIPE
  }

  private var trustFailure: TrustFailure {
    if inbox.hasWrongName { return .wrongName(host: host) }
    switch inbox.verifyResult {
    case X509_V_ERR_CERT_HAS_EXPIRED: return .expired
    case X509_V_ERR_CERT_NOT_YET_VALID: return .notYetValid
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      return .wrongName(host: host)
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
      return .unknownAuthority
    default:
      return .other(reason: inbox.complaint ?? describe(result))
    }
  }
}
