internal import DetectionCore

/// One NGSI-LD entity as JSON-LD, in either form.
struct NGSIEntity {
  /// What an attribute holds.
  enum Content {
    case text(String)
    case number(Double, unit: String?)
    case integer(Int)
    case time(WallTime)
    case position(GeoPosition)
    case relationship(String)
    case texts([(String, String)])
  }

  let model: NGSIModel
  /// Unique among the entities of the model: what the id has after `urn:ngsi-ld:<Type>:`.
  let name: String
  let form: NGSIPlan.Form
  /// When it was observed, for attributes that say so.
  let observed: WallTime
  private var attributes: [(name: String, content: Content, isObserved: Bool)] = []

  init(_ model: NGSIModel, _ name: String, form: NGSIPlan.Form, observed: WallTime) {
    self.model = model
    self.name = name
    self.form = form
    self.observed = observed
  }

  /// Adds an attribute; nothing for nil.
  mutating func add(_ name: String, _ content: Content?, isObserved: Bool = false) {
    if let content { attributes.append((name, content, isObserved)) }
  }

  var bytes: [UInt8] {
    JSONWriter.object { json in
      json.member("id", "urn:ngsi-ld:\(model.rawValue):\(name)")
      json.member("type", model.rawValue)
      for attribute in attributes {
        switch form {
        case .keyValues: json.member(attribute.name, attribute.content)
        case .normalized:
          json.member(attribute.name) { json in
            json.member("type", attribute.content.type)
            if case .time(let time) = attribute.content {
              json.member("value") { value in
                value.member("@type", "DateTime")
                value.member("@value", CivilTime(time).timestamp)
              }
            } else {
              json.member(attribute.content.valueKey, attribute.content)
            }
            if case .number(_, let unit?) = attribute.content { json.member("unitCode", unit) }
            if attribute.isObserved { json.member("observedAt", CivilTime(observed).timestamp) }
          }
        }
      }
      json.member("@context", texts: [model.context, Self.coreContext])
    }
  }

  private static let coreContext = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
}

extension NGSIEntity.Content {
  fileprivate var type: String {
    switch self {
    case .text, .number, .integer, .time, .texts: "Property"
    case .position: "GeoProperty"
    case .relationship: "Relationship"
    }
  }

  fileprivate var valueKey: String {
    if case .relationship = self { "object" } else { "value" }
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ key: String, _ content: NGSIEntity.Content) {
    switch content {
    case .text(let text), .relationship(let text): member(key, text)
    case .number(let number, _): member(key, number)
    case .integer(let number): member(key, number)
    case .time(let time): member(key, CivilTime(time).timestamp)
    case .position(let position): member(key, position)
    case .texts(let texts):
      member(key) { json in
        for (name, text) in texts { json.member(name, text) }
      }
    }
  }
}
