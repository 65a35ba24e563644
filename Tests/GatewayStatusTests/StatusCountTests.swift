import Testing

@testable import GatewayStatus

@Suite struct StatusCountTests {
  @Test func aWindowCountsOnlyWhatHappenedInIt() {
    let earlier = StatusReport.Counts(requests: 100, answers: 90, timeouts: 10, busySeconds: 5)
    let later = StatusReport.Counts(requests: 150, answers: 139, timeouts: 11, busySeconds: 7.5)
    #expect(
      later.since(earlier)
        == StatusReport.Counts(requests: 50, answers: 49, timeouts: 1, busySeconds: 2.5))
  }
}
