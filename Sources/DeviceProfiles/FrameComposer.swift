/// One whole message as the sensor sends it: the content of a frame.
public struct FramedExample: Hashable, Sendable {
  /// The index of the message in the protocol.
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

/// Writes what a framed sensor sends when it measures this or that: the inverse of
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
        quantity.field.format, example: example?.texts[quantity.field.number],
        isFixed: line.messages[quantity.message].width(ofField: quantity.field.number) != nil)
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
  ///   - message: The index of the message in the protocol.
  ///   - values: What quantities show, each by its index in the protocol and in its own unit; nil
  ///     where the sensor has no value. Those of other messages are left alone, and what is not
  ///     given stands as in the example.
  /// - Returns: nil where the sensor cannot say that a value is missing: it is then silent.
  public func content(
    of message: Int, values: [(quantity: Int, value: Double?)]
  ) -> [UInt8]? {
    var texts = templates[message].texts
    var faults: [(quantity: Int, fault: Fault)] = []
    for (index, value) in values where line.quantities[index].message == message {
      if let value, !write(value, of: index, into: &texts) {
        faults.append((index, value > 0 ? .overflow : .underflow))
      } else if value == nil {
        faults.append((index, .missing))
      }
    }
    // A condition that does not hold takes others with it, so that it is written last.
    for (index, fault) in faults {
      guard say(fault, of: index, into: &texts) else { return nil }
    }
    return line.messages[message].content(
      templates[message].content, fields: templates[message].fields, with: texts)
  }

  /// Writes a value; false where no text stands for it.
  private func write(_ value: Double, of index: Int, into texts: inout [[UInt8]?]) -> Bool {
    let quantity = line.quantities[index]
    let coding = quantity.coding
    let form = { (number: Double) in
      styles[index].text(of: number).map { $0[...] }.flatMap {
        fits($0, quantity) && coding.fault(saidBy: coding.field.content($0)) == nil ? $0 : nil
      }
    }
    // What a field says now comes first; then every other code, such as the other half of the earth.
    let scales = coding.scales(
      carrying: [value], choices: { [$0.field.content(in: texts)] + $0.knownCodes }, form: form)
    guard value.isFinite, let scales else { return false }
    for (scale, code) in zip(coding.companionScales, scales) {
      write(code, into: scale.field, of: &texts)
    }
    guard let text = coding.encode(value, content: { $0.content(in: texts) }, form: form) else {
      return false
    }
    texts[quantity.field.number] = Array(text)
    for gate in coding.gates where !gate.holds(in: texts) {
      texts[gate.field.number] = gate.accepted.first.map { Array($0) }
    }
    return true
  }

  /// A field that says so already keeps its columns.
  private func write(
    _ content: ArraySlice<UInt8>, into field: MessageField, of texts: inout [[UInt8]?]
  ) {
    if field.content(in: texts) != content { texts[field.number] = Array(content) }
  }

  private func fits(_ text: ArraySlice<UInt8>, _ quantity: FramedQuantity) -> Bool {
    line.messages[quantity.message].width(ofField: quantity.field.number)
      .map { $0 == text.count } ?? true
  }

  /// Writes that there is no value; false where the sensor has no way to.
  private func say(_ fault: Fault, of index: Int, into texts: inout [[UInt8]?]) -> Bool {
    let quantity = line.quantities[index]
    for fault in [fault, .missing, .invalid] {
      if let form = forms[index].first(where: { $0.fault == fault }) {
        for (field, text) in form.texts { texts[field] = text }
        return true
      }
      let text = quantity.coding.raw(saying: fault) { !$0.isEmpty && fits($0, quantity) }
      if let text {
        texts[quantity.field.number] = Array(text)
        return true
      }
    }
    let message = line.messages[quantity.message]
    if case .bytes = message.content { return false }
    let width = message.width(ofField: quantity.field.number)
    texts[quantity.field.number] =
      message.isBlock ? nil : [UInt8](repeating: 0x20, count: width ?? 0)
    return true
  }
}

extension FramedQuantity {
  /// The fields of an example without a value that say so. A condition that holds there is no part
  /// of it: it could undo what another quantity says.
  fileprivate func tellingFields(in texts: [[UInt8]?]) -> [Int] {
    ([field] + coding.companionScales.map(\.field)
      + coding.gates.filter { !$0.holds(in: texts) }.map(\.field)).map(\.number)
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
}

extension MessageField {
  /// What stands in the field of a message; nothing where a block lacks the label.
  fileprivate func content(in texts: [[UInt8]?]) -> ArraySlice<UInt8> {
    content((texts[number] ?? [])[...])
  }
}

extension CompanionScale<MessageField> {
  fileprivate var knownCodes: [ArraySlice<UInt8>] {
    switch rule {
    case .codes(let codes): codes.map(\.raw)
    case .decimals: []
    }
  }
}

extension Gate<MessageField> {
  fileprivate func holds(in texts: [[UInt8]?]) -> Bool {
    accepted.contains(field.content(in: texts))
  }
}
