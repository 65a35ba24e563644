import Foundation
import Testing

@Suite("Texts that the project keeps")
struct TextRulesTests {
  /// Spelled in parts, so that this file does not hold them.
  private static let machinePaths = ["work/", "root/", "tmp/mini-"].map { "/" + $0 }

  @Test("No file names a place on somebody's machine")
  func noMachinePaths() {
    #expect(namesMachinePath("cd " + Self.machinePaths[0]))
    #expect(!namesMachinePath("a frame" + Self.machinePaths[0]))
    let texts = Repository.files.compactMap { path in Repository.text(path).map { (path, $0) } }
    #expect(texts.count > 1)
    for (path, text) in texts where Self.machinePaths.contains(where: text.contains) {
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      where namesMachinePath(line) {
        Issue.record("\(path):\(index + 1): \(line)")
      }
    }
  }

  private func namesMachinePath(_ line: some StringProtocol) -> Bool {
    Self.machinePaths.contains { path in
      line.ranges(of: path).contains { range in
        range.lowerBound == line.startIndex
          || !isPathCharacter(line[line.index(before: range.lowerBound)])
      }
    }
  }

  /// After one of these the path goes on from something else, as in `../work/` or `$HOME/work/`.
  private func isPathCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "._-}*".contains(character)
  }

  @Test("A sample in the documentation is the file, or the part of it, that it names")
  func samplesAreTheFiles() throws {
    let pages = Repository.files.filter { $0.hasSuffix(".md") }
    #expect(pages.contains("README.md") && pages.contains("README.ja.md"))
    var seen = 0
    for page in pages {
      for sample in try Sample.all(in: Repository.text(page) ?? "") {
        seen += 1
        let location = "\(page):\(sample.line)"
        let text = try #require(Repository.text(sample.path), "\(location): no file \(sample.path)")
        let part = try #require(
          sample.part(of: text), "\(location): \(sample.path) has no such part")
        #expect(sample.block == part, "\(location) is not what stands in \(sample.path)")
      }
    }
    #expect(seen > 0, "no page marks a sample with <!-- file: PATH -->")
  }

  @Test("What the house says to go to for a change, and to test it by, is there")
  func changesLeadSomewhere() throws {
    let page = try #require(Repository.text("docs/house.md"))
    let table = try #require(page.split(separator: "## You want to change").last)
      .split(separator: "\n## ")[0]
    let files = Set(Repository.files.compactMap { $0.split(separator: "/").last })
    let named = table.matches(of: /`([A-Za-z+]+\.swift)`/).map(\.output.1)
    for file in named where !files.contains(file) { Issue.record("no file \(file)") }
    let tests = Repository.files.filter { $0.hasPrefix("Tests/") && $0.hasSuffix(".swift") }
      .compactMap(Repository.text).joined()
    let suites = table.matches(of: /--filter ([A-Za-z]+)`/).map(\.output.1)
    for suite in suites where !tests.contains("struct \(suite) ") {
      Issue.record("no suite \(suite)")
    }
    #expect(named.count > 20 && suites.count > 10)
  }

  @Test("A sample is compared with the part that it names")
  func sampleParts() throws {
    let file = "one\ntwo\nthree\nfour\n"
    let page = """
      <!-- file: a -->
      ```yaml
      one
      ```
      <!-- file: a lines 2-3 -->
      ```
      two
      three
      ```
      <!-- file: a from "th" to "four" -->

      ```
      three
      four
      ```
      <!-- file: a from "five" to "four" -->
      ```
      ```
      """
    let samples = try Sample.all(in: page)
    #expect(samples.map(\.line) == [1, 5, 10, 16])
    #expect(samples[0].part(of: file) == "one\ntwo\nthree\nfour")
    #expect(samples[1].part(of: file) == samples[1].block)
    #expect(samples[2].part(of: file) == samples[2].block)
    #expect(samples[3].part(of: file) == nil)
    #expect(throws: Sample.NoBlock.self) { try Sample.all(in: "<!-- file: a -->\ntext") }
  }
}

/// A fenced block of a page that says which file it shows: `<!-- file: PATH -->` for the whole of
/// it, `<!-- file: PATH lines 3-9 -->`, or `<!-- file: PATH from "first" to "last" -->`, where the
/// texts stand in the first and the last line of the part.
struct Sample {
  struct NoBlock: Error {
    let line: Int
  }

  enum Part {
    case whole
    case lines(ClosedRange<Int>)
    case between(Substring, Substring)
  }

  let path: String
  let wanted: Part
  /// The line of its mark, counted from 1.
  let line: Int
  let block: String

  static func all(in page: String) throws -> [Sample] {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    return try lines.indices.compactMap { index in
      let mark = /<!-- file: (\S+)(?: lines (\d+)-(\d+)| from "(.*)" to "(.*)")? -->/
      guard let found = try mark.wholeMatch(in: lines[index]) else { return nil }
      var wanted = Part.whole
      if let first = found.2.flatMap({ Int($0) }), let last = found.3.flatMap({ Int($0) }) {
        wanted = .lines(first...max(first, last))
      } else if let first = found.4, let last = found.5 {
        wanted = .between(first, last)
      }
      let below = lines[(index + 1)...].drop { $0.isEmpty }
      guard below.first?.hasPrefix("```") == true,
        let end = below.dropFirst().firstIndex(where: { $0.hasPrefix("```") })
      else { throw NoBlock(line: index + 1) }
      return Sample(
        path: String(found.1), wanted: wanted, line: index + 1,
        block: below[(below.startIndex + 1)..<end].joined(separator: "\n"))
    }
  }

  /// The part of a file that it shows; nothing where the file has no such part.
  func part(of text: String) -> String? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    switch wanted {
    case .whole:
      return lines.joined(separator: "\n")
    case .lines(let range):
      guard range.lowerBound >= 1, range.upperBound <= lines.count else { return nil }
      return lines[(range.lowerBound - 1)...(range.upperBound - 1)].joined(separator: "\n")
    case .between(let first, let last):
      guard let start = lines.firstIndex(where: { $0.contains(first) }),
        let end = lines[start...].firstIndex(where: { $0.contains(last) })
      else { return nil }
      return lines[start...end].joined(separator: "\n")
    }
  }
}
