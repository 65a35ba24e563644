import Delivery
import DetectionCore
import DeviceProfiles
import LinuxHost
import Polling
import Testing

@testable import NomoriCommands

/// What is thought of what was found on a machine.
@Suite struct HealthCheckTests {
  static let healthCheck = HealthCheck(language: .en)

  static func port(_ change: (inout SerialPortState) -> Void = { _ in }) -> Finding {
    var state = SerialPortState(path: "/dev/nomori/field", device: "/dev/ttyUSB0")
    state.isCharacterDevice = true
    state.isPermitted = true
    state.group = "dialout"
    change(&state)
    return healthCheck.port("bus field", state, present: ["/dev/ttyUSB3"])
  }

  @Test func aPortThatIsThereAndPermittedIsWell() {
    #expect(Self.port().verdict == .ok && Self.port().remedy == nil)
    #expect(Self.port { $0.latencyMs = 1 }.verdict == .ok)
  }

  @Test func aLockedPortIsWellAndSaysSo() {
    let locked = Self.port { $0.isLocked = true }
    #expect(locked.verdict == .ok && locked.text.contains("in use"))
  }

  @Test func anAbsentPortNamesThoseThatAreThere() {
    let absent = Self.port { $0.device = nil }
    #expect(absent.verdict == .problem && absent.text == "/dev/nomori/field: not there")
    #expect(absent.remedy?.contains("/dev/ttyUSB3") == true)
  }

  @Test func aPortThatIsNotPermittedNamesTheGroup() {
    let forbidden = Self.port {
      $0.isPermitted = false
      $0.group = "uucp"
    }
    #expect(forbidden.verdict == .problem && forbidden.remedy?.contains("-aG uucp") == true)
    let closed = Self.port {
      $0.isPermitted = false
      $0.group = nil
    }
    #expect(closed.remedy?.hasPrefix("no group may use it") == true)
    #expect(Self.port { $0.isCharacterDevice = false }.verdict == .problem)
  }

  @Test func aSlowAdapterAndANumberedPathAreWarnings() {
    let slow = Self.port { $0.latencyMs = 16 }
    #expect(slow.verdict == .warning && slow.text.contains("16 ms"))
    #expect(slow.remedy == "echo 1 | sudo tee /sys/class/tty/ttyUSB0/device/latency_timer")
    let numbered = Self.port {
      $0.path = "/dev/ttyUSB0"
      $0.stablePaths = ["/dev/serial/by-id/usb-a"]
    }
    #expect(numbered.verdict == .warning)
    #expect(numbered.remedy?.contains("/dev/serial/by-id/usb-a") == true)
    #expect(!SerialPortState(path: "/dev/ttyAMA0", device: "/dev/ttyAMA0").isUnstable)
  }

  @Test(arguments: [
    (1_700_000_000, true, Finding.Verdict.problem), (1_800_000_000, false, .warning),
    (1_800_000_000, true, .ok),
  ])
  func aClockMustHaveBeenSetAndShouldBeSynchronised(
    _ seconds: Int64, _ synchronized: Bool, _ verdict: Finding.Verdict
  ) {
    let time = WallTime(
      nanosecondsSince1970: seconds * 1_000_000_000, synchronized: synchronized)
    #expect(Self.healthCheck.clock(time).verdict == verdict)
  }

  @Test(arguments: [
    (true, 3000, 0, Finding.Verdict.ok), (true, 1000, 1500, .ok), (true, 1000, 0, .warning),
    (true, 10, 5000, .problem), (false, 3000, 0, .problem),
  ])
  func aFolderNeedsRoomForWhatItMayGrowTo(
    _ isWritable: Bool, _ freeMiB: Int64, _ usedMiB: Int64, _ verdict: Finding.Verdict
  ) {
    let state = FolderState(
      path: "/var/lib/nomori", existing: "/var/lib", isWritable: isWritable,
      freeBytes: freeMiB << 20, usedBytes: usedMiB << 20)
    let finding = Self.healthCheck.folder("recording", state, maximumBytes: 2048 << 20)
    #expect(finding.verdict == verdict)
    #expect((finding.remedy == nil) == (verdict == .ok))
  }

  @Test func whatIsRefusedIsAWarningWithARemedy() {
    let refusal = HostError(attempt: "schedule", code: 1)
    #expect(Self.healthCheck.realtime(nil).verdict == .ok)
    #expect(Self.healthCheck.realtime(refusal).remedy?.contains("LimitRTPRIO") == true)
    #expect(Self.healthCheck.memory(refusal).remedy?.contains("LimitMEMLOCK") == true)
  }

  @Test func aBrokerOrHostThatIsNotReachedIsAProblem() {
    let plan = DestinationPlan(id: "local", host: "broker.example", port: 8883)
    let finding = Self.healthCheck.broker("broker local", plan, problem: "no route")
    #expect(finding.verdict == .problem && finding.text == "broker.example:8883: no route")
    #expect(Self.healthCheck.broker("broker local", plan, problem: nil).verdict == .ok)
    let link = Link.tcp(host: "10.0.0.5", port: 502)
    let refused = BusFault.portUnavailable(.refused)
    #expect(
      Self.healthCheck.network("bus a", link.name, fault: refused).text
        == "10.0.0.5:502: connection refused")
  }
}
