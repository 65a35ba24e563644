import DetectionCore
import FieldSimulation
import Tables
import Testing

@Suite struct FaultScriptTests {
  static let targets = FaultTargets(buses: ["field", "bridge"], devices: ["probe", "lamp"])

  static func script(_ rows: String, seed: UInt64 = 1) throws(CSVError) -> FaultScript {
    try FaultScript(
      Array("a note\nfrom,until,target,fault,share\n\(rows)\n".utf8), file: "faults.csv",
      targets: targets, seed: seed)
  }

  @Test func aTableBecomesEpisodes() throws {
    let script = try Self.script(
      """
      10 min,12 min,probe,no-answer,
      # welding
      0.5 h,,field,noise-before,25 %
      ,90s,*,late 800 ms,
      1 d,2 d,lamp,exception 6,100%
      """)
    #expect(
      script.episodes == [
        FaultEpisode(.noAnswer, of: "probe", from: .seconds(600), until: .seconds(720)),
        FaultEpisode(.noiseBefore, of: "field", from: .seconds(1800), share: 0.25),
        FaultEpisode(.late(.milliseconds(800)), until: .seconds(90)),
        FaultEpisode(.exception(6), of: "lamp", from: .seconds(86_400), until: .seconds(172_800)),
      ])
  }

  @Test(arguments: [
    ("1,,probe,echo,", "from", "a span of time"),
    ("1 s,1 s,probe,echo,", "until", "a time after 1 s"),
    ("1 s,,pump,echo,", "target", "* or one of field, bridge, probe, lamp"),
    ("1 s,,probe,port-gone,", "target", "* or one of field, bridge"),
    ("1 s,,probe,exception 128,", "fault", "one of no-answer"),
    ("1 s,,probe,late,", "fault", "one of no-answer"),
    ("1 s,,probe,echo loud,", "fault", "one of no-answer"),
    ("1 s,,probe,echo,0 %", "share", "a share above 0 %"),
    ("1 s,,probe,echo,0.5", "share", "a share above 0 %"),
    ("400 d,,probe,echo,", "from", "a span of time"),
  ])
  func aMistakeIsNamedWithItsPlace(row: String, column: String, expected: String) {
    let error = #expect(throws: CSVError.self) { try Self.script(row) }
    #expect(error?.line == 3)
    #expect(error?.column == column)
    #expect(error?.expected.hasPrefix(expected) == true, "\(error?.expected ?? "")")
  }

  @Test func aTableWithoutNamesOrWithOtherCellsIsRefused() {
    #expect(throws: CSVError.self) {
      try FaultScript(Array("1 s,,probe,echo,\n".utf8), file: "f", targets: Self.targets)
    }
    let error = #expect(throws: CSVError.self) { try Self.script("1 s,probe,echo") }
    #expect(error?.expected == "5 cells, not 3")
  }

  @Test func aPortIsGoneForItsTimeAndItsBusAlone() throws {
    let script = try Self.script("10 s,20 s,field,port-gone,\n15 s,30 s,*,port-gone,")
    let states = [9, 10, 19, 20, 29, 30].map { second in
      script.isPortGone(ofBus: "field", at: .seconds(second))
    }
    #expect(states == [false, true, true, true, true, false])
    #expect(!script.isPortGone(ofBus: "bridge", at: .seconds(10)))
    #expect(script.nextPortChange(ofBus: "field", after: .zero) == .seconds(10))
    #expect(script.nextPortChange(ofBus: "field", after: .seconds(15)) == .seconds(20))
    #expect(script.nextPortChange(ofBus: "field", after: .seconds(30)) == nil)
    #expect(script.nextPortChange(ofBus: "bridge", after: .zero) == .seconds(15))
  }

  @Test(arguments: 0..<16) func anyTextIsAScriptOrAnError(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let words = [
      "from,until,target,fault,share\n", "1 s,", "2 s,", ",", "*,", "probe,", "late 1 s,", "echo,",
      "port-gone,", "50 %", "\n", "\"", "9e999 d,", "exception ", "-1", "\u{0}", "日本,", "%",
    ]
    for _ in 0..<500 {
      let count = Int.random(in: 0...14, using: &random)
      let text = (0..<count).map { _ in words[Int.random(in: words.indices, using: &random)] }
        .joined()
      let script = try? FaultScript(Array(text.utf8), file: "f", targets: Self.targets)
      for episode in script?.episodes ?? [] {
        #expect(episode.share > 0 && episode.share <= 1, "seed \(seed)")
        #expect(episode.until.map { $0 > episode.from } ?? true, "seed \(seed)")
      }
      // Whatever it says of itself, it is one or it is none: nothing stops here.
      _ = Formula(text)
    }
  }
}
