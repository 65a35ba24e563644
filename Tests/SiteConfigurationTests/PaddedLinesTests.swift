@testable import DeviceProfiles
import Testing

/// Devices pad their fields with blanks, to a width or for the eye: whatever the profiles' examples
/// hold is read the same way then.
@Suite struct PaddedLinesTests {
  static let files = ShippedProfile.all.filter {
    $0.text.contains("\n  - pattern:") || $0.text.contains("\n    pattern:")
  }

  @Test(arguments: files)
  func paddedExamplesGiveTheSameValues(file: ShippedProfile) throws {
    let profile = try file.read()
    let line = try #require(profile.line).resolved(address: "0")
    var padded = 0
    for example in profile.cases {
      var spaced = example
      spaced.heard = line.messages(heardIn: example.heard).flatMap { heard in
        let content = Self.padded(heard.content, heard.fields, line.messages[heard.message])
        if content.count > heard.content.count { padded += 1 }
        return line.framing.frame(holding: content)
      }
      #expect(profile.failures(of: spaced).isEmpty, "\(example.name)")
    }
    // A pattern of fields of fixed length alone has no room for blanks.
    let hasOpenFields = line.messages.contains { message in
      (0..<message.fieldCount).contains { message.width(ofField: $0) == nil }
    }
    #expect(padded > 0 || !hasOpenFields)
  }

  /// A blank more before and behind each field of open length, and for each blank of the line.
  private static func padded(
    _ content: [UInt8], _ fields: [Range<Int>], _ message: FramedMessage
  ) -> [UInt8] {
    let blank = UInt8(ascii: " ")
    var positions: [Int] = []
    for (number, field) in fields.enumerated() where message.width(ofField: number) == nil {
      positions += [field.lowerBound, field.upperBound]
    }
    positions += content.indices.filter { content[$0] == blank }
    var padded = content
    for position in positions.sorted().reversed() { padded.insert(blank, at: position) }
    return padded
  }
}
