import Testing

@testable import GatewayStatus

@Suite struct TraceTests {
  @Test func `a short trace is kept as it is`() {
    var trace = Trace()
    for value in [1.0, 5, 2] { trace.append(value) }
    #expect(trace.values == [1, 5, 2])
    #expect(trace.thinned(to: 3) == [1, 5, 2])
    #expect(trace.thinned(to: 0) == [])
  }

  @Test func `a single pulse is seen however long ago it was`() {
    var trace = Trace()
    for index in 0..<100_000 { trace.append(index == 7 || index == 70_001 ? 1 : 0) }
    #expect(trace.values.count < StatusLimits.traceSamples)
    #expect(trace.values.count { $0 == 1 } == 2)
    #expect(trace.thinned(to: 50).count { $0 == 1 } == 2)
    #expect(trace.thinned(to: 50).count == 50)
  }

  @Test func `a slow course keeps its shape`() {
    var trace = Trace()
    for index in 0...10_000 { trace.append(Double(index)) }
    let shown = trace.thinned(to: 10)
    #expect(zip(shown, shown.dropFirst()).allSatisfy { $0 < $1 })
    #expect(abs((shown.last ?? 0) - 10_000) < 100)
  }
}
