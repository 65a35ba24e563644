import DetectionCore
import MessageSender
import Testing

@Suite("What a web server's answer means")
struct WebAnswerTests {
  @Test("2xx has it, and so has nobody else", arguments: [200, 202, 204])
  func taken(_ code: Int) {
    #expect(WebAnswer.answered(code: code, retryAfter: nil).outcome == .sent)
  }

  @Test("What would be refused again is given up", arguments: [301, 400, 401, 403, 404, 409, 410])
  func refused(_ code: Int) {
    #expect(
      WebAnswer.answered(code: code, retryAfter: nil).outcome == .refused(reason: "HTTP \(code)"))
  }

  @Test("What may go well later is tried again by itself", arguments: [408, 425, 500, 502, 504])
  func later(_ code: Int) {
    #expect(
      WebAnswer.answered(code: code, retryAfter: .seconds(7)).outcome
        == .later(reason: "HTTP \(code)", retryAfter: .seconds(7)))
  }

  @Test("Who asks for patience, or does not answer, is left alone by all", arguments: [429, 503])
  func unavailable(_ code: Int) {
    #expect(
      WebAnswer.answered(code: code, retryAfter: .seconds(7)).outcome
        == .unavailable(reason: "HTTP \(code)", retryAfter: .seconds(7)))
    #expect(
      WebAnswer.failed(reason: "Timeout was reached").outcome
        == .unavailable(reason: "Timeout was reached", retryAfter: nil))
  }
}
