import Delivery
import DetectionCore
import Foundation
import Testing

/// `docs/schemas/asyncapi.json` says of the native format what it does.
@Suite("AsyncAPI")
struct AsyncAPITests {
  private struct Document: Decodable {
    struct Reference: Decodable {
      enum CodingKeys: String, CodingKey { case target = "$ref" }
      var target: String
    }
    struct Channel: Decodable { var address: String }
    struct Operation: Decodable {
      struct Bindings: Decodable {
        struct MQTT: Decodable {
          var qos: UInt8
          var retain: Bool
        }
        var mqtt: MQTT
      }
      var action: String
      var channel: Reference
      var bindings: Bindings
    }
    struct Components: Decodable {
      struct Parameter: Decodable {
        var `default`: String?
        var `enum`: [String]?
      }
      struct Message: Decodable {
        struct Payload: Decodable { var schema: Reference? }
        var contentType: String
        var payload: Payload
      }
      struct Schema: Decodable {
        struct Property: Decodable { var type: String }
        var properties: [String: Property]
        var required: [String]
      }
      var messages: [String: Message]
      var parameters: [String: Parameter]
      var schemas: [String: Schema]
    }
    var channels: [String: Channel]
    var operations: [String: Operation]
    var components: Components
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/schemas")

  private static func document() throws -> Document {
    try JSONDecoder().decode(
      Document.self, from: Data(contentsOf: folder.appending(path: "asyncapi.json")))
  }

  private struct Schema: Decodable {
    struct Properties: Decodable {
      struct Name: Decodable { var const: String }
      var schema: Name
    }
    var properties: Properties
  }

  @Test("Each message of the native format is published as the document says")
  func messages() throws {
    let document = try Self.document()
    let send = document.operations.filter { $0.value.action == "send" }
    var seen: Set<String> = []
    for (_, message) in try PayloadSamplesTests.samples() {
      let kind = String(message.label.schema.split(separator: "/")[1])
      let channel = try #require(document.channels[kind], "no channel for \(kind)")
      let id = kind == "alarm" ? "river.stage" : "river.temperature"
      let address = channel.address.replacing("{root}", with: "nomori/v1")
        .replacing("{site}", with: message.label.site).replacing("{id}", with: id)
      #expect(message.topic == address)
      let operation = try #require(
        send.values.first { $0.channel.target == "#/channels/\(kind)" }, "nothing sends \(kind)")
      #expect(operation.bindings.mqtt.qos == message.quality.rawValue, "\(kind)")
      #expect(operation.bindings.mqtt.retain == message.isRetained, "\(kind)")
      let described = try #require(document.components.messages[kind])
      #expect(described.contentType == message.contentType)
      let file = try #require(described.payload.schema?.target)
      let schema = try JSONDecoder().decode(
        Schema.self, from: Data(contentsOf: Self.folder.appending(path: file)))
      #expect(schema.properties.schema.const == message.label.schema)
      seen.insert(kind)
    }
    #expect(seen.count == send.count && seen.union(["command"]) == Set(document.channels.keys))
    #expect(document.components.parameters["root"]?.default == Topics.standardRoot)
  }

  @Test("Commands are taken as the document says")
  func commands() throws {
    let document = try Self.document()
    let receive = document.operations.values.filter { $0.action == "receive" }
    #expect(receive.map(\.channel.target) == ["#/channels/command"])
    #expect(receive.first?.bindings.mqtt.retain == false)
    let kinds = CommandKind.allCases.map(\.rawValue)
    #expect(document.components.parameters["command"]?.enum == kinds)
    let address = try #require(document.channels["command"]?.address)
    let topic = address.replacing("{root}", with: Topics.standardRoot)
      .replacing("{site}", with: "river-nagi").replacing("{command}", with: "reset")
    #expect(topic == Topics(site: "river-nagi").command("reset"))

    var command = CommandPayload(
      id: "a", operator: "b", alarm: "c", output: "d", comment: "e", seconds: 1, once: true,
      event: "f")
    command.expires = "2026-11-21T08:00:00Z"
    let schema = try #require(document.components.schemas["command"])
    let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(command))
    let keys = try #require(written as? [String: Any]).keys
    #expect(Set(keys) == Set(schema.properties.keys))
    #expect(schema.required == ["id", "operator"])
  }
}
