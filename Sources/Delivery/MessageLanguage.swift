/// The languages that messages to people exist in.
public enum MessageLanguage: String, Codable, Sendable, CaseIterable {
  /// English.
  case english = "en"
  /// Japanese.
  case japanese = "ja"
}

extension LocalizedText {
  /// The text in `language`.
  public func text(in language: MessageLanguage) -> String {
    language == .english ? english : japanese
  }
}
