import CAllocationProbe
import DetectionCore
import Testing

@Suite struct AllocationTests {
  @Test func probeSeesAnAllocation() {
    let before = allocation_probe_count()
    let numbers = [Double](repeating: Double(before), count: 1_000)
    #expect(allocation_probe_count() > before)
    #expect(numbers.count == 1_000)
  }
}
