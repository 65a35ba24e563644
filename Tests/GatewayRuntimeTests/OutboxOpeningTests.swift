import DetectionCore
import Foundation
import OutboxStore
import SiteConfiguration
import TestSupport
import Testing

@testable import Delivery
@testable import GatewayRuntime

@Suite struct OutboxOpeningTests {
  /// A folder in the place of its log is a disk that refuses, and then does not.
  @Test func anOutboxThatCannotBeOpenedIsTriedAgain() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/outbox.sqlite"
    try FileManager.default.createDirectory(
      atPath: path + "-wal", withIntermediateDirectories: true)
    let opening = OutboxOpening(
      settings: OutboxSettings(path: path, maximumBytes: 1 << 20), destinations: ["a"])
    #expect(try opening.open(within: .seconds(60)) == nil)
    for _ in 0..<3 {
      guard case .failure(let error)? = opening.again() else {
        Issue.record("opened, or not answered")
        return
      }
      #expect(error.recovery == .holdOutput, "\(error)")
    }
    try FileManager.default.removeItem(atPath: path + "-wal")
    guard case .success(let store)? = opening.again() else {
      Issue.record("not opened")
      return
    }
    #expect(opening.store === store && store.backlog == [0])
  }

  @Test func aMistakeInTheSiteFileKeepsTheGatewayFromStarting() throws {
    let path = try TemporaryFolder().path + "/nowhere/outbox.sqlite"
    let opening = OutboxOpening(
      settings: OutboxSettings(path: path, maximumBytes: 1 << 20), destinations: ["a"])
    #expect(throws: FactStoreError.folderMissing(path: path)) {
      try opening.open(within: .seconds(60))
    }
  }
}
