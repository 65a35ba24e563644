/// The version that payloads, recordings and `--version` name.
public let nomoriVersion = "0.1.0"
