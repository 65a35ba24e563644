import Testing

@Suite("What sources may not hold")
struct SourceRulesTests {
  @Test("Nothing banned stands in the sources", arguments: Ban.all)
  func nothingBanned(_ ban: Ban) throws {
    let house = try House.read()
    let files = Repository.sources.filter { ban.applies(to: $0.target, of: house) }
    #expect(!files.isEmpty)
    let locations = try files.flatMap { file in try ban.offences(in: file).map(file.location) }
    #expect(locations.isEmpty, "\(locations.joined(separator: "\n"))")
  }

  @Test("A ban finds what it bans, and no look-alike", arguments: Ban.all)
  func banFinds(_ ban: Ban) throws {
    for line in ban.caught {
      #expect(try ban.offences(in: SourceFile(path: "", text: line)) == [1], "\(line)")
    }
    for line in ban.passed {
      #expect(try ban.offences(in: SourceFile(path: "", text: line)) == [], "\(line)")
    }
  }

  @Test("A comment close to an unchecked Sendable proves it, in the form `Sendable: why`")
  func uncheckedSendableIsProven() {
    let claim = "struct A: @unchecked Sendable {\n"
    let proof = "// Sendable: nothing changes after init, and whoever reads it holds it.\n"
    let mention = "// Sendable, as all that is handed to threads has to be, for the sake of it.\n"
    let assertion = "// Sendable: it is.\n"
    let blank = String(repeating: "\n", count: 12)
    #expect(unproven(in: SourceFile(path: "", text: claim)) == [1])
    #expect(unproven(in: SourceFile(path: "", text: proof + claim)) == [])
    #expect(unproven(in: SourceFile(path: "", text: claim + proof)) == [])
    #expect(unproven(in: SourceFile(path: "", text: proof + blank + claim)) == [14])
    #expect(unproven(in: SourceFile(path: "", text: mention + claim)) == [2])
    #expect(unproven(in: SourceFile(path: "", text: assertion + claim)) == [2])
    #expect(unproven(in: SourceFile(path: "", text: proof + claim + claim)) == [3])

    #expect(!Repository.sources.isEmpty)
    let locations = Repository.sources.flatMap { file in unproven(in: file).map(file.location) }
    #expect(locations.isEmpty, "\(locations.joined(separator: "\n"))")
  }

  /// The lines with a claim that no proof of its own stands for, in the twelve lines above it or the
  /// four below it: a comment that begins with `Sendable:` and gives a reason of thirty characters.
  private func unproven(in file: SourceFile) -> [Int] {
    var proofs = file.lines.indices.filter {
      file.lines[$0].contains(/^ *\/\/\/? Sendable: .{30}/)
    }
    return file.code.indices.filter { file.code[$0].contains("@unchecked Sendable") }
      .filter { index in
        guard let own = proofs.firstIndex(where: { (index - 12...index + 4).contains($0) }) else {
          return true
        }
        proofs.remove(at: own)
        return false
      }
      .map { $0 + 1 }
  }

  @Test("The escape from the core's performance checks stands in one file")
  func oneFileEscapes() {
    let core = Repository.sources.filter { $0.target == "DetectionCore" }
    #expect(core.contains { file in file.code.contains { $0.contains("@_noLocks") } })
    let files = Repository.sources.filter { file in
      file.lines.contains { $0.contains("no_performance_analysis") }
    }
    #expect(files.count <= 1, "\(files.map(\.path))")
  }

  @Test("No file is longer than 400 lines")
  func fileLength() {
    let files = Repository.sources + Repository.tests
    #expect(!files.isEmpty)
    for file in files {
      // A closing newline opens no line of its own.
      let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
      #expect(count <= 400, "\(file.path): \(count) lines")
    }
  }

  @Test("No function is longer than 60 lines")
  func functionLength() {
    var seen = 0
    for file in Repository.sources + Repository.tests {
      for function in SwiftCode.functions(in: file.code) {
        seen += 1
        #expect(
          function.length <= 60,
          "\(file.path):\(function.first): \(function.name) has \(function.length) lines")
      }
    }
    #expect(seen > 0)
  }
}

@Suite("Reading Swift")
struct SwiftCodeTests {
  @Test(
    "Comments and strings are blanked, code stays",
    arguments: [
      ("a // b", "a     "),
      ("a /* b /* c */ d */ e", "a                   e"),
      (#"f("//", 1) // x"#, #"f(    , 1)     "#),
      (#"f("a\"b") + c"#, #"f(      ) + c"#),
      (#"f("\(g("x", "y"))z") + c"#, #"f(                 ) + c"#),
      ("f(#\"a\"b\\(c)\"#) + d", "f(           ) + d"),
      ("f(\"\"\"\n  a \"b\" // c\n  \"\"\") + d", "f(   \n            \n     ) + d"),
      ("#if a", "#if a"),
    ])
  func blanking(_ text: String, _ code: String) {
    #expect(SwiftCode.blanked(text) == code)
  }

  @Test("Functions are found with their first and last lines")
  func functions() {
    let text = """
      protocol P {
        func required(_ a: [Int]) throws(E)
        init(a: Int)
      }
      struct S<let n: Int> {
        init(a: Int = { 3 }()) {
          self.init(b: "}")
        }
        func g<let m: Int>(
          a: Int
        ) -> [Int] where T: P {
          if a { [].map { $0 } }
          // }
        }
        deinit { close() }
      }
      """
    let found = SwiftCode.functions(in: SourceFile(path: "", text: text).code)
    let expected = [
      FunctionSpan(name: "init", first: 6, last: 8), FunctionSpan(name: "g", first: 9, last: 14),
      FunctionSpan(name: "deinit", first: 15, last: 15),
    ]
    #expect(found == expected)
  }

  @Test(
    "Imports are found whatever stands before them",
    arguments: [
      ("import CZstd", "CZstd"), ("public import DetectionCore", "DetectionCore"),
      ("@preconcurrency internal import Foundation", "Foundation"),
      ("  @_implementationOnly import struct Foundation.Data", "Foundation"),
    ])
  func imports(_ text: String, _ module: String) {
    #expect(SourceFile(path: "", text: text).imports.map(\.module) == [module])
  }
}
