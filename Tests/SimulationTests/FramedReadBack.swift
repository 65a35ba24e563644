import DetectionCore
import DeviceProfiles
import FieldSimulation
import Polling

/// A simulated framed sensor, heard by the gateway's own engine in simulated time.
struct FramedReadBack: ~Copyable {
  var model: SensorModel
  let line: FramedProtocol
  private var engine: BusEngine
  private var now = Instant(nanoseconds: 0)
  private var readings: [Reading] = []
  private var coming: [UInt8] = []

  /// Reads some quantities of a sensor that is alone on its line; their points are numbered in this
  /// order.
  init(
    _ profile: DeviceProfile, reading quantities: [FramedQuantity],
    showing shown: [SimulatedQuantity]
  ) throws {
    let address = "7"
    let line = (profile.line ?? FramedProtocol(framing: .veDirect, messages: [], quantities: []))
      .resolved(address: address)
    let plan = DevicePlan(
      id: "sensor", line: line, timing: profile.timing,
      points: quantities.enumerated().map { index, quantity in
        PolledPoint(
          point: PointIndex(rawValue: UInt16(index)), quantity: quantity,
          period: .milliseconds(Int64(profile.timing.minimumPeriodMs) + 10_000))
      }, examples: profile.lineExamples(address: address))
    let model = try SensorModel(plan, quantities: shown)
    engine = try BusEngine(
      plan: BusPlan(id: "line", link: .rawTCP(host: "sensor", port: 1), devices: [plan]), start: now
    )
    self.model = model
    self.line = line
  }

  /// The last reading of each point in the next samples; nil where none comes.
  mutating func sample(of points: Int) -> [Reading]? {
    var found = [Reading?](repeating: nil, count: points)
    coming = []
    for _ in 0..<2_000 {
      step()
      for reading in readings { found[Int(reading.point.rawValue)] = reading }
      readings.removeAll()
      if !found.contains(where: { $0 == nil }) { return found.compactMap(\.self) }
    }
    return nil
  }

  private mutating func step() {
    let wallTime = WallTime(nanosecondsSince1970: now.nanoseconds, synchronized: true)
    switch engine.next(at: now, wallTime: wallTime, into: &readings) {
    case .wait(let until): now = max(until, now)
    case .perform(.send(let request)):
      now = now + .milliseconds(1)
      coming = messages { $0.requestBytes == request }
      engine.finished(.done, words: [], at: now, wallTime: wallTime, into: &readings)
    case .perform(.listen(let until)):
      // What comes by itself comes once a second.
      if coming.isEmpty { coming = messages { $0.request.isEmpty } }
      now = coming.isEmpty ? max(until, now) : min(until, now + .seconds(1))
      engine.finished(
        .done, words: coming.map { UInt16($0) }, at: now, wallTime: wallTime, into: &readings)
      coming = []
    case .perform:
      engine.finished(.done, words: [], at: now, wallTime: wallTime, into: &readings)
    }
  }

  private func messages(where isMeant: (FramedMessage) -> Bool) -> [UInt8] {
    line.messages.indices.filter { isMeant(line.messages[$0]) }.flatMap { message in
      model.content(of: message, at: now - Instant(nanoseconds: 0))
        .map { line.framing.frame(holding: $0) } ?? []
    }
  }
}

extension FramedReadBack {
  /// What the last digit of a quantity's field is worth, in its unit, in what the sensor sends now.
  func step(of quantity: FramedQuantity) -> Double {
    var fields = [Range<Int>](repeating: 0..<0, count: line.mostFields)
    guard let content = model.content(of: quantity.message, at: now - Instant(nanoseconds: 0)),
      line.message(in: content, fields: &fields) == quantity.message
    else { return 0 }
    let text = content[fields[quantity.field.number]]
    let decimals = text.firstIndex(of: UInt8(ascii: ".")).map { text.endIndex - $0 - 1 } ?? 0
    let digit: Double
    switch quantity.field.format {
    case .decimal: digit = (0..<decimals).reduce(1) { digit, _ in digit / 10 }
    case .degreesMinutes: digit = (0..<decimals).reduce(1) { digit, _ in digit / 10 } / 60
    case .bytes, .hexadecimal, .words, .text: digit = 1
    }
    let ratios =
      [quantity.coding.scaling.ratio]
      + quantity.coding.companionScales.flatMap { scale in
        let code = content[fields[scale.field.number]]
        guard case .codes(let codes) = scale.rule else { return [Ratio]() }
        return codes.filter { code.elementsEqual($0.raw) }.map(\.scaling.ratio)
      }
    return ratios.reduce(digit) { $0 * abs(Double($1.numerator) / Double($1.denominator)) }
  }
}
