internal import Delivery
internal import DeviceProfiles

struct ModbusCaseKeys: Keys {
  let name = Key("name", .text)
  let registers = Key(optional: "registers", .list(of: .section(BlockKeys.self), 1...100))
  let request = Key(optional: "request", .frame)
  let response = Key(optional: "response", .frame)
  let expect = Key(optional: "expect", .entries(of: .either([.number(.all), .text])))
  let write = Key(optional: "write", .entries(of: .number(.all)))
}

struct FramedCaseKeys: Keys {
  let name = Key("name", .text)
  let heard = Key(optional: "heard", .text)
  let heardBytes = Key(optional: "heardBytes", .hexBytes)
  let expect = Key("expect", .entries(of: .either([.number(.all), .text])))
}

/// Reads the `cases` of a profile and holds the profile against them.
struct ProfileCases {
  private let node: YAMLNode
  private let request: YAMLNode?
  private let response: YAMLNode?
  private let expectations: [(key: String, value: YAMLNode)]
  private let writes: [(key: String, value: YAMLNode)]

  /// Reads a case and, unless `profile` is nil, says in what it and the profile disagree.
  static func read(
    _ section: Section<ModbusCaseKeys>, _ addressing: ProfileAddressing,
    proving profile: DeviceProfile?
  ) -> ProfileCase? {
    let reader = ProfileCases(
      node: section.node, request: section.node(\.request), response: section.node(\.response),
      expectations: section.expect ?? [], writes: section.write ?? [])
    return reader.read(section, addressing, proving: profile)
  }

  private func read(
    _ section: Section<ModbusCaseKeys>, _ addressing: ProfileAddressing,
    proving profile: DeviceProfile?
  ) -> ProfileCase? {
    let name = section.name
    let registers = section.registers
    let blocks = (registers ?? []).map { addressing.block($0) }
    let requestBytes = section.request
    let responseBytes = section.response
    let isRead =
      !expectations.isEmpty && writes.isEmpty && (request != nil || section.has(\.registers))
    let isWrite =
      writes.count == 1 && expectations.isEmpty && request != nil && !section.has(\.registers)
    guard isRead || isWrite, (request == nil) == (response == nil) else {
      node.report(
        expected: LocalizedText(
          english: "expect with registers or with request and response, or one write with"
            + " request and response",
          japanese: "expect と registers または request・response、あるいは write 一つと"
            + " request・response"))
      return nil
    }
    guard let profile, let name, (request == nil) == (requestBytes == nil),
      (response == nil) == (responseBytes == nil), !blocks.contains(nil)
    else { return nil }
    var example = ProfileCase(
      name: name, registers: blocks.compactMap(\.self), request: requestBytes ?? [],
      response: responseBytes ?? [])
    for (id, node) in expectations {
      guard let quantity = quantity(id, node, profile),
        let outcome = Self.outcome(
          node, labels: quantity.labels.map { ($0.label, quantity.field.number(of: $0.raw)) })
      else { continue }
      example.expectations.append(ProfileCase.Expectation(quantity: id, outcome: outcome))
    }
    if let (id, node) = writes.first {
      guard quantity(id, node, profile) != nil, let value = node.double() else { return nil }
      example.write = ProfileCase.Write(quantity: id, value: value)
    }
    for failure in profile.failures(of: example) { report(failure) }
    return example
  }

  /// Reads a case of a line sensor, what it sends and what that must decode to, and unless
  /// `profile` is nil, says in what it and the profile disagree.
  static func readHeard(
    _ section: Section<FramedCaseKeys>, proving profile: DeviceProfile?
  ) -> ProfileCase? {
    let node = section.node
    let name = section.name
    let text = section.heard.map { Array($0.utf8) }
    let bytes = section.heardBytes
    let expectations = section.expect ?? []
    guard let heard = text ?? bytes, text == nil || bytes == nil else {
      node.report(
        expected: both("either heard or heardBytes", "heard か heardBytes のどちらか一方"))
      return nil
    }
    guard let profile, let line = profile.line, let name else { return nil }
    var example = ProfileCase(name: name, heard: heard)
    for (id, node) in expectations {
      guard line.quantity(id) != nil else {
        node.reportQuantity(id, known: line.quantities.map(\.id))
        continue
      }
      guard let outcome = outcome(node, labels: []) else { continue }
      example.expectations.append(ProfileCase.Expectation(quantity: id, outcome: outcome))
    }
    for case .decodes(let id, let value) in profile.failures(of: example) {
      let location = expectations.first { $0.key == id }?.value ?? node
      guard value == .missing(.notRead) else {
        location.reportDecoded(value)
        continue
      }
      location.report(
        expected: both(
          "a whole message with this quantity in what is heard",
          "受信内容にこの量を含む完全なメッセージ"))
    }
    return example
  }

  private func report(_ failure: CaseFailure) {
    func named(_ id: String) -> YAMLNode {
      (expectations + writes).first { $0.key == id }?.value ?? node
    }
    switch failure {
    case .request(let fault): request?.reportFrame(fault)
    case .response(let fault): response?.reportFrame(fault)
    case .requestNotAllowed:
      request?.report(
        expected: LocalizedText(
          english: "a read that the limits of this profile allow",
          japanese: "このプロファイルの limits で許される読み出し"))
    case .responseNotAnswering:
      response?.report(
        expected: LocalizedText(english: "the answer to this request", japanese: "この要求への応答"))
    case .decodes(let id, let value): named(id).reportDecoded(value)
    case .writes(let id, let frame): named(id).reportWritten(frame)
    }
  }

  private func quantity(
    _ id: String, _ node: YAMLNode, _ profile: DeviceProfile
  ) -> ProfileQuantity? {
    if let quantity = profile.quantity(id) { return quantity }
    node.reportQuantity(id, known: profile.quantities.map(\.id))
    return nil
  }

  /// A fault, a label of an enumeration, or a number. A number with decimal places is meant to
  /// its last one; a whole number is meant exactly.
  private static func outcome(
    _ node: YAMLNode, labels: [(label: String, number: Double)]
  ) -> ProfileCase.Outcome? {
    guard let text = node.scalarText else {
      node.report(expected: LocalizedText(english: "a value", japanese: "値"))
      return nil
    }
    if let label = labels.first(where: { $0.label == text }) {
      return .number(label.number, tolerance: 0)
    }
    if let fault = Fault(rawValue: text) { return .fault(fault) }
    guard let number = decimal(text) ?? wholeNumber(text).map(Double.init) else {
      let faults = Fault.allCases.map(\.rawValue).joined(separator: ", ")
      node.report(
        expected: LocalizedText(
          english: "a number, a label, or one of \(faults)",
          japanese: "数値、ラベル、または次のいずれか: \(faults)"))
      return nil
    }
    var tolerance = 0.0
    if let point = text.firstIndex(of: ".") {
      tolerance = 0.5
      for _ in text[point...].dropFirst().prefix(while: \.isNumber) { tolerance /= 10 }
    }
    return .number(number, tolerance: tolerance)
  }
}

extension YAMLNode {
  fileprivate func reportQuantity(_ id: String, known: [String]) {
    let near = nearMiss(of: id, among: known)
    report(
      found: .value(id),
      expected: both(
        "the id of a quantity of this profile"
          + (near.map { "; did you mean \"\($0)\"?" } ?? ""),
        "このプロファイルの quantity の ID" + (near.map { " (もしかして \"\($0)\"?)" } ?? "")))
  }

  fileprivate func reportFrame(_ fault: RTUFrame.Fault) {
    switch fault {
    case .length:
      report(
        expected: LocalizedText(
          english: "a frame of 4 to 256 bytes", japanese: "4〜256 バイトのフレーム"))
    case .crc(let expected):
      report(
        expected: LocalizedText(
          english: "a frame that ends in its CRC \(hexText(expected))",
          japanese: "CRC \(hexText(expected)) で終わるフレーム"))
    }
  }

  fileprivate func reportDecoded(_ value: DecodedValue) {
    let text: String
    switch value {
    case .missing(.notRead):
      report(
        expected: LocalizedText(
          english: "all registers of the quantity and of its companions in the case",
          japanese: "ケース内に quantity と companion の全レジスタ"))
      return
    case .value(let number): text = "\(number)"
    case .missing(.noMeasurement): text = Fault.missing.rawValue
    case .invalid(.overflow): text = Fault.overflow.rawValue
    case .invalid(.underflow): text = Fault.underflow.rawValue
    case .invalid(.reported), .invalid(.unknownScale), .invalid(.notFinite),
      .invalid(.unreadable):
      text = Fault.invalid.rawValue
    }
    report(
      expected: LocalizedText(
        english: "\(text), which the registers decode to", japanese: "レジスタの復号結果 \(text)"))
  }

  fileprivate func reportWritten(_ frame: [UInt8]?) {
    guard let frame else {
      report(
        expected: LocalizedText(
          english: "a value that can be written to this quantity",
          japanese: "この quantity に書き込める値"))
      return
    }
    report(
      expected: LocalizedText(
        english: "the value of the request; this one is written as \(hexText(frame))",
        japanese: "要求と同じ値 (この値のフレームは \(hexText(frame)))"))
  }

  private func hexText(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let text = String(byte, radix: 16, uppercase: true)
      return text.utf8.count == 1 ? "0" + text : text
    }.joined(separator: " ")
  }
}
