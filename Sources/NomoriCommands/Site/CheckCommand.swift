internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import LinuxHost
internal import Polling
internal import SiteConfiguration

/// `nomori check`: says all that is wrong in site files.
struct CheckCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say all that is wrong in a site file, without any hardware unless --live.")

  @Argument(help: "Site files, or the names of example sites such as river.")
  var sites: [String]

  @Flag(help: "Show what each bus does all the time: reads, load, worst-case response.")
  var plan = false

  @Flag(help: "Read each point once over the real wiring, as a gateway does, and judge its value.")
  var live = false

  @OptionGroup var output: OutputOptions

  mutating func run() throws {
    var failure: ExitCode?
    for path in sites {
      do {
        try check(path)
      } catch let code as ExitCode {
        failure = failure ?? code
      }
    }
    if let failure { throw failure }
  }

  private func check(_ path: String) throws {
    if live {
      let site = try loadSite(path, language: language)
      return try WiringCheck(site: site, format: format, language: language).check()
    }
    switch format {
    case .text:
      let site = try loadSite(path, language: language)
      let summary = summary(of: site, path: path)
      for line in TerminalText.wrap(summary, columns: terminalColumns) { say(line) }
      if plan { try showPlan(of: site) }
    case .json:
      do {
        let (site, warnings) = try SiteFiles().load(path)
        for warning in warnings { say(try line(warning)) }
        if plan { try showPlan(of: site) }
      } catch let error as ConfigurationError {
        for diagnostic in error.diagnostics { say(try line(diagnostic)) }
        throw ExitCode.configuration
      } catch let error as HostError {
        complain("nomori: \(error)")
        throw ExitCode.noInput
      }
    }
  }

  private func summary(of site: Site, path: String) -> String {
    let description = site.description
    let buses = site.buses.count
    let devices = site.buses.reduce(0) { $0 + $1.devices.count }
    let parts = [
      counted(buses, "bus", "buses"), counted(devices, "device", "devices"),
      counted(description.points.count, "point", "points"),
      counted(description.rules.count, "rule", "rules"),
      counted(description.outputs.count, "output", "outputs"),
      counted(site.destinations.count, "destination", "destinations"),
    ]
    return language.pick(
      "\(path): good — \(description.id), \(parts.joined(separator: ", "))",
      "\(path): 問題なし — \(description.id)、バス \(buses)、機器 \(devices)、"
        + "観測点 \(description.points.count)、ルール \(description.rules.count)、"
        + "出力 \(description.outputs.count)、送信先 \(site.destinations.count)")
  }

  private func counted(_ number: Int, _ one: String, _ many: String) -> String {
    "\(number) \(number == 1 ? one : many)"
  }

  /// A table of each bus, or an object a line.
  private func showPlan(of site: Site) throws {
    let size = terminalSize()
    for bus in site.buses {
      let table = try BusTable(site: site, plan: bus)
      switch format {
      case .text:
        say("")
        let style = TerminalStyle(isColoured: size != nil)
        for line in table.lines(language: language, style: style, columns: size?.columns) {
          say(line)
        }
      case .json: say(try json(BusTable.JSON(table)))
      }
    }
  }

  private struct Line: Encodable {
    var severity: String
    var file: String
    var line: Int
    var column: Int
    var path: String
    var message: String
  }

  private func line(_ diagnostic: Diagnostic) throws -> String {
    let line = Line(
      severity: diagnostic.severity == .error ? "error" : "warning", file: diagnostic.file,
      line: diagnostic.position.line, column: diagnostic.position.column, path: diagnostic.path,
      message: diagnostic.rendered(in: language.ofMessages))
    return try json(line)
  }
}
