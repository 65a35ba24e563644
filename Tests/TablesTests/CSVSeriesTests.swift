import DetectionCore
import Tables
import Testing

@Suite struct CSVSeriesTests {
  private func read(_ text: String, _ options: CSVOptions = CSVOptions()) throws -> CSVSeries {
    try CSVSeries(Array(text.utf8), file: "t.csv", options: options)
  }

  private func values(_ table: CSVSeries) -> [Double?] {
    (0..<table.series.count).map { table.series[$0].value }
  }

  private func message(_ bytes: [UInt8], _ options: CSVOptions = CSVOptions()) -> String {
    do throws(CSVError) {
      _ = try CSVSeries(bytes, file: "t.csv", options: options)
      return "no error"
    } catch { return error.description }
  }

  private func message(_ text: String, _ options: CSVOptions = CSVOptions()) -> String {
    message(Array(text.utf8), options)
  }

  @Test func `two columns need no options`() throws {
    let table = try read("timestamp,value\n2013-12-02 21:15:00,1.5\n2013-12-02 21:20:00,2\n")
    #expect(values(table) == [1.5, 2])
    #expect(table.column == "value")
    #expect(table.series.start?.nanosecondsSince1970 == 1_386_018_900_000_000_000)
    #expect(table.series.length == .seconds(300))
    #expect(table.summary.delimiter == .comma)
    #expect(table.summary.timeFormat == "%Y-%m-%d %H:%M:%S")
  }

  @Test func `a table needs neither names nor a line end at its end`() throws {
    let table = try read("2013-12-02 21:15:00\t1.5\r\n2013-12-02 21:20:00\t-2e1")
    #expect(values(table) == [1.5, -20])
    #expect(table.column == "2")
    #expect(table.summary.delimiter == .tab)
  }

  @Test func `a byte order mark, quotes and line ends inside them are understood`() throws {
    let text = "\u{feff}\"time\";\"say \"\"h\"\"\";note\r\n1;\" 2 \";\"a\nb;c\"\r\n\r\n2;3;\r\n"
    let table = try read(text, CSVOptions(valueColumns: [ValueColumn(.name("say \"h\""))]))
    #expect(values(table) == [2, 3])
    #expect(table.column == "say \"h\"")
    #expect(table.series.start == nil)
    #expect(table.series.length == .seconds(1))
  }

  @Test func `names in Latin-1 are found`() throws {
    let bytes = Array("time,Value[m".utf8) + [0xb3] + Array("/s]\n2020-01-01,4\n".utf8)
    let table = try CSVSeries(
      bytes, file: "t.csv", options: CSVOptions(valueColumns: [ValueColumn(.name("Value[m³/s]"))]))
    #expect(values(table) == [4])
  }

  @Test func `lines before the names and rows of units below them are passed over`() throws {
    let text = """
      Station;Armley
      Range;1;2
      TIME;RN;Level
      TS;RN;m
      ;;Avg
      2020-01-01 00:00;1;0,5
      2020-01-01 00:15;2;0,6
      """
    let options = CSVOptions(valueColumns: [ValueColumn(.name("Level"))], numberForm: .decimalComma)
    #expect(values(try read(text, options)) == [0.5, 0.6])
  }

  @Test func `markers for a missing value leave the sample missing`() throws {
    let text = "time,v,w\n1,1,0\n2,,0\n3,nan,0\n4,NULL,0\n5,-9999.0,0\n6,M,0\n7,2,0\n"
    let table = try read(text, CSVOptions(valueColumns: [ValueColumn(.name("v"))]))
    #expect(values(table) == [1, nil, nil, nil, nil, nil, 2])
    #expect(table.series.missingCount == 5)
    let own = CSVOptions(valueColumns: [ValueColumn(.name("v"))], missing: ["-7999"])
    #expect(values(try read("time,v,w\n1,-7999,0\n2,-9999,0\n", own)) == [nil, -9999])
  }

  @Test func `a conversion leads to the wanted unit`() throws {
    let feet = try #require(AffineMapping(gain: 0.3048))
    let table = try read(
      "time,v\n1,10\n2,\n", CSVOptions(valueColumns: [ValueColumn(conversion: feet)]))
    #expect(values(table) == [3.048, nil])
  }

  @Test func `times of the day go on past midnight`() throws {
    let table = try read("t,v\n23:59:59:900,1\n00:00:00:100,2\n00:00:01:100,3\n")
    #expect(table.series.length == .milliseconds(1_200))
    #expect(table.series.start == nil)
  }

  @Test func `rows back in time are skipped and counted where that is wanted`() throws {
    let text = "time,v\n1,1\n5,2\n3,3\n4,4\n6,5\n"
    let table = try read(text, CSVOptions(backwardTime: .first))
    #expect(values(table) == [1, 2, 5])
    #expect(table.summary.backwardRows == 2)
    #expect(
      message(text)
        == "t.csv:4: column \"time\": \"3\": expected a time not before \"5\" of the row above;"
        + " --backward says which rows count")
  }

  @Test func `a broken value says where it stands`() {
    #expect(
      message("time,level\n2020-01-01,1.5\n2020-01-02,\"0,5\"\n")
        == "t.csv:3: column \"level\": \"0,5\": expected a number with the decimal mark of \"1.5\" in"
        + " line 2; --decimal-comma or --decimal-point says which is right")
    #expect(
      message(
        "time,level\n2020-01-01,0x10\n", CSVOptions(valueColumns: [ValueColumn(.name("level"))]))
        == "t.csv:2: column \"level\": \"0x10\": expected a number, or a marker for a missing value,"
        + " which --missing names")
  }

  @Test func `lines inside quotes are counted`() {
    let text = "time,level,note\n2020-01-01,1,\"a\nb\nc\"\n2020-01-02,?,d\n"
    #expect(message(text).hasPrefix("t.csv:5: column \"level\": \"?\""))
  }

  @Test func `a broken time says where it stands and what was expected`() {
    #expect(
      message("time,level\n2020-01-01,1\n2020-13-01,2\n")
        == "t.csv:3: column \"time\": \"2020-13-01\": expected a time of the format"
        + " \"%Y-%m-%d\"")
    #expect(
      message(
        "when,level\n2020-13-01,2\n2020-12-01,2\n",
        CSVOptions(timeColumns: [.name("when")], valueColumns: [ValueColumn(.name("level"))]))
        == "t.csv:2: column \"when\": \"2020-13-01\": expected a time in a format that is"
        + " recognised; give the time column and its format")
  }

  @Test func `a missing column says what there is`() {
    #expect(
      message("time,level\n2020-01-01,1\n", CSVOptions(valueColumns: [ValueColumn(.name("Level"))]))
        == "t.csv: expected a row with the column \"Level\" among the first 200 lines;"
        + " line 1 has \"time\", \"level\"")
    #expect(
      message("time,a,b\n2020-01-01,1,2\n")
        == "t.csv:2: expected exactly one column of numbers besides the time, but there are 2;"
        + " name the value column; line 1 has \"time\", \"a\", \"b\"")
    #expect(
      message("a,b,a\n1,2,3\n", CSVOptions(valueColumns: [ValueColumn(.name("a"))]))
        == "t.csv:1: column \"a\": expected a column name that appears once;"
        + " use the column's number instead")
    #expect(
      message("1,2\n", CSVOptions(valueColumns: [ValueColumn(.number(0))]))
        == "t.csv: column \"0\": expected a column number from 1 or a column name")
  }

  @Test func `a short row says how many columns it lacks`() {
    #expect(
      message(
        "time,a,b\n2020-01-01,1,2\n2020-01-02\n",
        CSVOptions(valueColumns: [ValueColumn(.name("b"))]))
        == "t.csv:3: column \"b\": expected at least 3 columns, but this row has 1")
  }

  @Test func `files that are no text say what they are`() {
    #expect(
      message([0x1f, 0x8b, 8, 0])
        == "t.csv: expected text; this is packed data that must be unpacked first")
    #expect(
      message("")
        == "t.csv: expected a row with a time among the first 200 lines; the file has no text")
    #expect(
      message("time,v\n", CSVOptions(valueColumns: [ValueColumn(.name("v"))]))
        == "t.csv:1: expected rows of data with a time below this row of names")
  }

  @Test func `a line without end and a quote without end are refused`() {
    let long = "time,v\n2020-01-01,1\n" + String(repeating: "x", count: 70_000)
    #expect(message(long) == "t.csv:3: expected a line of at most 65536 bytes")
    let open = "time,v\n2020-01-01,1\n\"2020" + String(repeating: "\n1,2", count: 30_000)
    #expect(message(open) == "t.csv:3: expected a closing quote within 65536 bytes")
  }

  @Test func `a value in an error is cut and made printable`() {
    let text = "time,v\n2020-01-01,1\n2020-01-02,\u{1b}[2J" + String(repeating: "é", count: 100)
    let shown = "\u{fffd}[2J" + String(repeating: "é", count: 56) + "…"
    #expect(
      message(text)
        == "t.csv:3: column \"v\": \"\(shown)\": expected a number, or a marker for a missing value,"
        + " which --missing names")
  }
}
