/// The sizes of what views are shown, and why each number is what it is.
enum StatusLimits {
  /// Samples of a point that a live view can draw: twice the columns of a wide terminal.
  static let traceSamples = 512
  /// Events that a live view can list.
  static let recentEvents = 50
  /// Refused events of each destination that a view can list: enough to see what they have in common.
  static let deadLetters = 10
}
