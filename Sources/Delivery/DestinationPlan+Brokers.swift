extension DestinationPlan {
  /// The same destination with only one of its brokers, for each of them in their order.
  public var brokers: [DestinationPlan] {
    let first = BrokerAddress(host: host, port: port, security: security)
    return ([first] + fallbacks).map { address in
      var plan = self
      plan.host = address.host
      plan.port = address.port
      plan.security = address.security
      plan.fallbacks = []
      return plan
    }
  }
}
