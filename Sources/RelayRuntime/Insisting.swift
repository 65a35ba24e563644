internal import Delivery
internal import LinuxHost
internal import RelayStore

/// Asks the store until it answers; nil where the relay is to stop before that.
@discardableResult
func insist<Value>(
  _ stop: StopFlag, _ say: @Sendable (LocalizedText) -> Void,
  _ body: () throws(RelayStoreError) -> Value
) -> Value? {
  var isSaid = false
  while !stop.isRaised {
    do throws(RelayStoreError) {
      return try body()
    } catch {
      if !isSaid {
        say(both("\(error); nothing is taken or told until it works", "\(error)。回復するまで受信も通知も止めます"))
      }
      isSaid = true
      HostClock().sleep(for: RelayLimits.storeRetry)
    }
  }
  return nil
}

/// A text in both languages.
func both(_ english: String, _ japanese: String) -> LocalizedText {
  LocalizedText(english: english, japanese: japanese)
}
