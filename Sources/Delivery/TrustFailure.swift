/// Why TLS does not trust a broker.
public enum TrustFailure: Hashable, Sendable, CustomStringConvertible {
  /// The certificate's time is over.
  case expired
  /// The certificate's time has not begun. Far more often than a certificate from the future this is
  /// a box that does not know the time.
  case notYetValid
  /// The certificate is another host's.
  case wrongName(host: String)
  /// Nobody whom we trust has signed the certificate.
  case unknownAuthority
  /// Anything else, in the library's words.
  case other(reason: String)

  /// One sentence for the operator.
  public var description: String {
    switch self {
    case .expired: "its certificate has expired"
    case .notYetValid:
      "its certificate is not yet valid; the clock of this machine may be wrong: check it first"
    case .wrongName(let host): "its certificate is not for \(host); check host"
    case .unknownAuthority:
      "its certificate comes from an authority that is not trusted here; check authorityFile"
    case .other(let reason): reason
    }
  }
}
