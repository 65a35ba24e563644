import DetectionCore
import DeviceProfiles
@testable import FieldSimulation
import Polling

/// A simulated Modbus device, polled by the gateway's own engine in simulated time.
struct ModbusReadBack: ~Copyable {
  var model: DeviceModel
  private var engine: BusEngine
  private(set) var now = Instant(nanoseconds: 0)
  private var readings: [Reading] = []
  /// What the device was asked and how it answered, as far as it did so otherwise than it should.
  private(set) var refusals: [String] = []

  /// Polls some quantities of a device that is alone on its bus; their points are numbered in this
  /// order.
  init(
    _ profile: DeviceProfile, reading quantities: [ProfileQuantity],
    showing shown: [SimulatedQuantity]
  ) throws {
    let model = try DeviceModel(profile: profile, quantities: shown)
    let period = TimeSpan.milliseconds(
      Int64(max(profile.timing.minimumPeriodMs, profile.preparationMs)) + 10_000)
    let points = quantities.enumerated().map { index, quantity in
      PolledPoint(point: PointIndex(rawValue: UInt16(index)), quantity: quantity, period: period)
    }
    let link: Link =
      profile.serial.map { .serial(path: "/dev/line", $0) } ?? .tcp(host: "device", port: 502)
    engine = try BusEngine(
      plan: BusPlan(
        id: "bus", link: link,
        devices: [
          DevicePlan(
            id: "device", unit: profile.defaultUnit, profile: profile, points: points, outputs: [])
        ]), start: now)
    self.model = model
  }

  /// The first reading of each point whose sample begins after this; nil where none comes.
  mutating func sample(of points: Int) -> [Reading]? {
    let begin = now
    var found = [Reading?](repeating: nil, count: points)
    for _ in 0..<2_000 {
      step()
      // A sample that was under way may still hold what stood there before.
      for reading in readings where found[Int(reading.point.rawValue)] == nil {
        found[Int(reading.point.rawValue)] = reading
      }
      readings.removeAll()
      if !found.contains(where: { $0 == nil }), now > begin { return found.compactMap(\.self) }
    }
    return nil
  }

  private mutating func step() {
    let wallTime = WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
    switch engine.next(at: now, wallTime: wallTime, into: &readings) {
    case .wait(let until): now = max(until, now)
    case .perform(.transact(let transaction)):
      let (outcome, words) = answer(transaction)
      engine.finished(outcome, words: words, at: now, wallTime: wallTime, into: &readings)
    case .perform:
      engine.finished(.done, words: [], at: now, wallTime: wallTime, into: &readings)
    }
  }

  private mutating func answer(_ transaction: Transaction) -> (BusOutcome, [UInt16]) {
    let answer = model.answer(to: transaction.request, at: now - Instant(nanoseconds: 0))
    now = now + .milliseconds(20)
    switch answer {
    case .words(let words): return (.done, words)
    case .written: return (.done, [])
    case .exception(let code):
      refusals.append("\(transaction.request): exception \(code)")
      return (.failed(.exception(code)), [])
    case .noAnswer:
      refusals.append("\(transaction.request): no answer")
      now = now + transaction.timeout
      return (.failed(.timeout), [])
    }
  }
}

extension ModbusReadBack {
  /// How far a value that the device can send is at most from one that it was given: half the step
  /// from the content that it sends now to the next one.
  func resolution(of quantity: ProfileQuantity, at value: Double) -> Double {
    let (image, _) = model.image(at: now - Instant(nanoseconds: 0))
    let raw = image[quantity.field] ?? 0
    let values = [raw > 0 ? raw - 1 : nil, raw, raw < .max ? raw + 1 : nil].map { raw -> Double? in
      let decoded = quantity.coding.decode { $0 == quantity.field ? raw : image[$0] }
      guard case .value(let value) = decoded else { return nil }
      return value
    }
    // At the end of a signed number the next content stands for a value far away.
    let steps = zip(values, values.dropFirst()).compactMap { low, high in
      low.flatMap { low in high.map { abs($0 - low) } }
    }
    let rounding = quantity.field.type == .float32 ? 0x1p-23 : 0x1p-40
    return (steps.min() ?? 0) * 0.5000001 + abs(value) * rounding
  }
}
