internal import Delivery
internal import LinuxHost
internal import RelayStore

/// Puts the alerts that boxes publish into a folder, one file each, for programs that read CAP from there. Who looks
/// sees whole files only, and each alert once.
struct CAPFolderChannel: Channel {
  let folder: String
  let store: RelayStore
  let stop: StopFlag
  let say: @Sendable (LocalizedText) -> Void

  mutating func turn() -> ChannelTurn {
    let waiting = insist(stop, say) { () throws(RelayStoreError) in
      try store.alerts(limit: RelayLimits.batch)
    }
    guard let waiting, !waiting.isEmpty else { return .rest(RelayLimits.longestRetry) }
    for (id, document) in waiting where !stop.isRaised {
      do throws(HostError) {
        try writeWholeFile("\(folder)/\(id).xml", document)
      } catch {
        return .trouble(reason: "\(error)", retryAfter: nil)
      }
      insist(stop, say) { () throws(RelayStoreError) in try store.settle(alert: id) }
    }
    return .more
  }
}
