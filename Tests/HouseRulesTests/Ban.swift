import Testing

/// Something that must not stand in the sources, with the proof that it would be seen.
struct Ban: Sendable, CustomTestStringConvertible {
  enum Scope: Sendable {
    case everywhere
    case layers([String])
    case allBut([String])
  }

  let name: String
  let pattern: String
  var scope: Scope = .everywhere
  /// Whether comments and strings are searched too.
  var readsComments = false
  /// Lines in which it must be found, and look-alikes in which it must not.
  let caught: [String]
  var passed: [String] = []

  var testDescription: String { name }

  func applies(to target: String, of house: House) -> Bool {
    switch scope {
    case .everywhere: true
    case .layers(let names): names.flatMap(house.targets(of:)).contains(target)
    case .allBut(let targets): !targets.contains(target)
    }
  }

  /// The lines of a file, counted from 1, in which it stands.
  func offences(in file: SourceFile) throws -> [Int] {
    let expression = try Regex(pattern).wordBoundaryKind(.simple)
    return (readsComments ? file.lines : file.code).enumerated()
      .filter { $0.element.contains(expression) }.map { $0.offset + 1 }
  }

  private static let pure = Scope.layers(["L1", "L1-tables", "L2", "L2-receivers", "L2-plans"])

  static let all: [Ban] = [
    Ban(
      name: "try!", pattern: #"\btry!"#, caught: ["let a = try! b()"],
      passed: ["try b() // never try!", #"let a = "try!""#, "let a = try? b()"]),
    Ban(
      name: "as!", pattern: #"\bas!"#, caught: ["let a = b as! Int"], passed: ["let a = b as? Int"]),
    Ban(
      name: "fatalError", pattern: #"\bfatalError\("#,
      caught: ["fatalError(\"no\")", "Swift.fatalError()"],
      passed: ["precondition(count > 0)"]),
    Ban(
      name: "unfinished work", pattern: #"\b(TODO|FIXME|XXX)\b"#, readsComments: true,
      caught: ["// TODO: later", "let a = 1  // XXX"], passed: ["// 0xXXXX", "let mastodon = 1"]),
    Ban(
      name: "commented-out code",
      pattern: #"^\s*//\s*(let|var|func|if|for|while|return|import|guard) .*[={(]\s*$"#,
      readsComments: true, caught: ["  // guard let a = b {", "// func old("],
      passed: ["// let the caller decide.", "/// for each point (see below)"]),
    Ban(
      name: "names that say nothing",
      pattern:
        #"\b(class|struct|enum|actor|protocol|typealias)\s+\w*(Manager|Helper|Helpers|Util|Utils|Utilities)\b"#,
      caught: ["final class SiteManager {", "enum ByteUtils {"],
      passed: ["struct Utilization {", "let manager = 1"]),
    Ban(
      name: "the C library in pure layers", pattern: #"\bimport\s+(Glibc|Musl|Darwin)\b"#,
      scope: pure, caught: ["import Glibc", "internal import Musl"], passed: ["import GlibcNot"]),
    Ban(
      name: "asking for the time in pure layers",
      pattern:
        #"\b(Date\(\)|Date\.now|ContinuousClock|SuspendingClock|clock_gettime|gettimeofday)"#,
      scope: pure, caught: ["let now = Date()", "ContinuousClock().now", "clock_gettime(a, &b)"],
      passed: ["let date = Date(timeIntervalSince1970: 0)", "UpdateClock()"]),
    Ban(
      name: "the wall clock read past LinuxHost", pattern: #"\b(Date\(\)|Date\.now\b)"#,
      scope: .allBut(["LinuxHost"]), caught: ["let now = Date()", "Date.now"],
      passed: ["Date(timeIntervalSince1970: 0)", "UpDate()"]),
    Ban(
      name: "sleeping outside LinuxHost",
      pattern: #"(^|[^.\w])(Thread\.sleep|sleep|usleep|nanosleep)\("#,
      scope: .allBut(["LinuxHost"]),
      caught: ["  usleep(10)", "sleep(1)", "Thread.sleep(forTimeInterval: 1)"],
      passed: ["host.sleep(1)", "mosquitto_sleep(1)"]),
    Ban(
      name: "printing below the commands", pattern: #"(^|[^.\w])(print|debugPrint|dump)\("#,
      scope: .layers(["L1", "L1-tables", "L2", "L2-receivers", "L2-plans", "L3"]),
      caught: ["  print(a)", "dump(a)"],
      passed: ["blueprint(a)", "page.print(a)"]),
    Ban(
      name: "the environment read in pure layers", pattern: #"\b(getenv|ProcessInfo)\b"#,
      scope: pure, caught: ["getenv(name)", "ProcessInfo.processInfo"]),
  ]
}
