internal import ArgumentParser
internal import Delivery
internal import Foundation

/// A language that the gateway's screens speak.
enum Language: String, ExpressibleByArgument, CaseIterable {
  case en
  case ja

  /// What `LC_ALL`, `LC_MESSAGES` or `LANG` ask for; English unless one begins with `ja`.
  static var preferred: Language {
    let environment = ProcessInfo.processInfo.environment
    let wish = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty }
    return wish?.hasPrefix("ja") == true ? .ja : .en
  }

  /// The text in this language.
  func pick(_ text: LocalizedText) -> String { self == .ja ? text.japanese : text.english }

  /// One of two texts.
  func pick(_ english: String, _ japanese: String) -> String { self == .ja ? japanese : english }
}
