import Testing

@testable import RelayRuntime

@Suite("How webhooks are signed and named")
struct WebhookDeliveryTests {
  @Test("A signature is what Standard Webhooks has others compute")
  func signature() throws {
    // hmac.new(bytes(range(32)), b'a1.1764504000.{"x":1}', "sha256") in Python
    let signature = try #require(
      WebhookSignature("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
    #expect(
      signature.headers(id: "a1", seconds: 1_764_504_000, body: Array(#"{"x":1}"#.utf8)) == [
        "webhook-id: a1", "webhook-timestamp: 1764504000",
        "webhook-signature: v1,FgK4TUhGaE769WUwS3BlEdIa8xp+HsphCIz/v9b0p4w=",
      ])
  }

  @Test(
    "What is no signing secret is none",
    arguments: [
      "", "whsec_", "whsec_AAAA", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
      "whsec_" + String(repeating: "A", count: 88), "whsec_?",
    ])
  func noSecret(_ text: String) { #expect(WebhookSignature(text) == nil) }

  @Test("A notification is always called by the same UUID, and another by another")
  func names() {
    let name = WebhookDelivery.key(of: "s-5f0c9a1e-1-1.raised.w")
    // uuid.UUID of the first half of hmac.new(b"nomori", …, "sha256"), with version 8
    #expect(name == "52bd540a-c96a-8f08-9611-c4f6a124f210")
    #expect(WebhookDelivery.key(of: "s-5f0c9a1e-1-2.raised.w") != name)
  }
}
