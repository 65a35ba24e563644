/// One whole message as the sensor sends it: the content of a frame.
public struct FramedExample: Hashable, Sendable {
  /// The place of the message in the protocol.
  public var message: Int
  /// What a framer gives out.
  public var content: [UInt8]

  /// Makes an example.
  public init(message: Int, content: [UInt8]) {
    self.message = message
    self.content = content
  }
}

extension DeviceProfile {
  /// The messages in the profile's cases, in their order, as a device with this address sends them.
  public func lineExamples(address: String) -> [FramedExample] {
    guard let line else { return [] }
    let known = line.resolved(address: Self.caseAddress)
    let own = line.resolved(address: address)
    return cases.flatMap { known.messages(heardIn: $0.heard) }.compactMap { heard in
      let pair = (known.messages[heard.message].content, own.messages[heard.message].content)
      guard case (.pattern(let pattern), .pattern(let other)) = pair else {
        return FramedExample(message: heard.message, content: heard.content)
      }
      return pattern.rewritten(heard.content, as: other).map {
        FramedExample(message: heard.message, content: $0)
      }
    }
  }
}

/// Writes what a line sensor sends when it measures this or that: the inverse of
/// `FramedQuantity.decode`.
///
/// It goes by examples. A message is the first example of it with other texts in the fields of its
/// quantities; digits, decimals and leading zeros are those of the first example that has a value.
/// A sensor that has no value says so as in the first example without one: by its own field, its
/// unit's, and those of conditions that do not hold.
public struct FrameComposer: Sendable {
  private struct Template: Sendable {
    var content: [UInt8]
    var fields: [Range<Int>]
    /// One text a field; nil where a block lacks the label.
    var texts: [[UInt8]?]
  }

  /// What stands in a few fields when a quantity has no value.
  private struct FaultForm: Sendable {
    var fault: Fault
    var texts: [(field: Int, text: [UInt8]?)]
  }

  private let line: FramedProtocol
  /// One a message.
  private let templates: [Template]
  /// One a quantity.
  private let styles: [FramedNumberStyle]
  /// The ways in which each quantity has no value.
  private let forms: [[FaultForm]]

  /// Learns from examples.
  ///
  /// - Returns: nil where there is a message without any.
  public init?(_ line: FramedProtocol, examples: [FramedExample]) {
    var fields = [Range<Int>](repeating: 0..<0, count: line.mostFields)
    var all = [[Template]](repeating: [], count: line.messages.count)
    for example in examples {
      let message = line.messages[example.message]
      guard message.isHeld(by: example.content, fields: &fields) else { continue }
      let own = Array(fields.prefix(message.fieldCount))
      all[example.message].append(
        Template(
          content: example.content, fields: own,
          texts: own.map { message.isBlock && $0 == 0..<0 ? nil : Array(example.content[$0]) }))
    }
    let templates = all.compactMap(\.first)
    guard templates.count == line.messages.count else { return nil }
    self.line = line
    self.templates = templates
    styles = line.quantities.map { quantity in
      let example = all[quantity.message].first {
        if case .value = quantity.decode($0.content, fields: $0.fields) { true } else { false }
      }
      return FramedNumberStyle(
        quantity.format, example: example?.texts[quantity.field],
        isFixed: line.messages[quantity.message].width(ofField: quantity.field) != nil)
    }
    forms = line.quantities.map { quantity in
      all[quantity.message].compactMap { example in
        quantity.fault(in: example.content, example.fields).map { fault in
          FaultForm(
            fault: fault,
            texts: quantity.tellingFields(in: example.texts).map { ($0, example.texts[$0]) })
        }
      }
    }
  }

  /// The content of a message.
  ///
  /// - Parameters:
  ///   - message: The place of the message in the protocol.
  ///   - values: What quantities show, each by its place in the protocol and in its own unit; nil
  ///     where the sensor has no value. Those of other messages are left alone, and what is not
  ///     given stands as in the example.
  /// - Returns: nil where the sensor cannot say that a value is missing: it is then silent.
  public func content(
    of message: Int, values: [(quantity: Int, value: Double?)]
  ) -> [UInt8]? {
    var texts = templates[message].texts
    var faults: [(quantity: Int, fault: Fault)] = []
    for (place, value) in values where line.quantities[place].message == message {
      if let value, !write(value, of: place, into: &texts) {
        faults.append((place, value > 0 ? .overflow : .underflow))
      } else if value == nil {
        faults.append((place, .missing))
      }
    }
    // A condition that does not hold takes others with it, so that it is written last.
    for (place, fault) in faults {
      guard say(fault, of: place, into: &texts) else { return nil }
    }
    return line.messages[message].content(
      templates[message].content, fields: templates[message].fields, with: texts)
  }

  /// Writes a value; false where no text stands for it.
  private func write(_ value: Double, of place: Int, into texts: inout [[UInt8]?]) -> Bool {
    let quantity = line.quantities[place]
    guard value.isFinite else { return false }
    let codes = quantity.codes(beginningWith: texts)
    for code in codes {
      let scaled = code.reversed().reduce(value) { $1.code.scaling.number(of: $0) }
      guard let text = styles[place].text(of: quantity.scaling.number(of: scaled)),
        !quantity.messages.contains(where: { $0.text == text }),
        fits(text, quantity)
      else { continue }
      texts[quantity.field] = text
      for (field, code) in code { texts[field] = code.text }
      for condition in quantity.conditions where !condition.holds(in: texts[condition.field]) {
        texts[condition.field] = condition.accepted.first
      }
      return true
    }
    return false
  }

  private func fits(_ text: [UInt8], _ quantity: FramedQuantity) -> Bool {
    line.messages[quantity.message].width(ofField: quantity.field).map { $0 == text.count } ?? true
  }

  /// Writes that there is no value; false where the sensor has no way to.
  private func say(_ fault: Fault, of place: Int, into texts: inout [[UInt8]?]) -> Bool {
    let quantity = line.quantities[place]
    for fault in [fault, .missing, .invalid] {
      if let form = forms[place].first(where: { $0.fault == fault }) {
        for (field, text) in form.texts { texts[field] = text }
        return true
      }
      let sentinel = quantity.messages.first {
        $0.fault == fault && fits($0.text, quantity)
      }
      if let sentinel {
        texts[quantity.field] = sentinel.text
        return true
      }
    }
    let message = line.messages[quantity.message]
    if case .bytes = message.content { return false }
    let width = message.width(ofField: quantity.field)
    texts[quantity.field] = message.isBlock ? nil : [UInt8](repeating: 0x20, count: width ?? 0)
    return true
  }
}

extension FramedQuantity {
  /// The fields of an example without a value that say so. A condition that holds there is no part
  /// of it: it could undo what another quantity says.
  fileprivate func tellingFields(in texts: [[UInt8]?]) -> [Int] {
    [field] + fieldScales.map(\.field)
      + conditions.filter { !$0.holds(in: texts[$0.field]) }.map(\.field)
  }

  /// Why there is no value in an example; nil where there is one, or where it is just garbled.
  fileprivate func fault(in content: [UInt8], _ fields: [Range<Int>]) -> Fault? {
    switch decode(content, fields: fields) {
    case .missing: .missing
    case .invalid(.reported), .invalid(.unknownScale): .invalid
    case .invalid(.overflow): .overflow
    case .invalid(.underflow): .underflow
    case .value, .invalid: nil
    }
  }

  /// What other fields can say about the scale, one code a scale: first what they say in `texts`,
  /// then every other code of the first of them, such as the other half of the earth.
  fileprivate func codes(
    beginningWith texts: [[UInt8]?]
  ) -> [[(field: Int, code: FieldScale.Code)]] {
    let first = fieldScales.compactMap { scale in
      let text = trimmed((texts[scale.field] ?? [])[...])
      let code = scale.codes.first { text.elementsEqual($0.text) } ?? scale.codes.first
      return code.map { (field: scale.field, code: $0) }
    }
    guard let scale = fieldScales.first else { return [first] }
    return [first] + scale.codes.map { [(scale.field, $0)] + first.dropFirst() }
  }
}

extension FramedQuantity.Condition {
  fileprivate func holds(in text: [UInt8]?) -> Bool {
    let state = trimmed((text ?? [])[...])
    return accepted.contains { state.elementsEqual($0) }
  }
}
