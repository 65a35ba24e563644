import DetectionCore
import DeviceProfiles
import Testing

@testable import Polling

/// What sensors are sent before they are read.
@Suite struct FramedSetupTests {
  static func polled(_ addresses: [String]) throws -> BusPlan {
    var plan = try FramedScheduleTests.polled(addresses)
    for index in plan.devices.indices {
      let address = Array(addresses[index].utf8)
      plan.devices[index].framed?.line.setup = [
        FramedSetting(
          parts: [.bytes(address), .bytes(Array("S\n".utf8))], waitMs: 300, isStored: true),
        FramedSetting(parts: [.bytes(address), .bytes(Array("P\n".utf8))], waitMs: 50),
      ]
      plan.devices[index].timing.warmupMs = 1500
    }
    return plan
  }

  @Test func settingsGoBeforeTheFirstRequest() throws {
    var line = try ScriptedLine(try Self.polled(["1", "2"]))
    line.run(untilMs: 1000) { request, _ in
      request.contains("S") || request.contains("P")
        ? nil : (30, FramedScheduleTests.answer(request))
    }
    #expect(
      line.sent.map(\.text) == ["1S\n", "1P\n", "2S\n", "2P\n", "1L\n", "1T\n", "2L\n", "2T\n"])
    // 3 bytes at 9600 baud and the wait.
    #expect(line.sent.map(\.ms).prefix(5) == [0, 304, 358, 662, 716])
    #expect(line.told.first == "746 1.5 notEvaluated")
  }

  @Test func aSensorThatComesBackIsSetUpBeforeItIsRead() throws {
    var line = try ScriptedLine(try Self.polled(["1"]))
    var isPolling = false
    line.run(untilMs: 20_000) { request, ms in
      // It is without power from 3 s to 8 s, and then sends nothing until it was told to be polled.
      if ms >= 3000, ms < 8000 {
        isPolling = false
        return nil
      }
      if request == "1P\n" { isPolling = true }
      guard isPolling, !request.hasPrefix("1S"), !request.hasPrefix("1P") else { return nil }
      return (30, FramedScheduleTests.answer(request))
    }
    let settings = line.sent.filter { $0.ms > 1000 }.map(\.text)
    #expect(!settings.contains("1S\n"))
    #expect(settings.contains("1P\n"))
    let back = line.readings.filter { $0.time.nanoseconds > 8_000_000_000 && $0.value == 1.5 }
    #expect(back.first?.flag == .suspect)
    #expect(back.last?.flag == .notEvaluated)
    #expect(line.schedule.health(ofDevice: 0) == .online)
    let probes = line.sent.filter { $0.ms > 5000 && $0.text == "1P\n" }.count
    #expect((1...4).contains(probes))
  }

  @Test func aSilentSensorThatSendsByItselfIsSetUpEverMoreRarely() throws {
    var plan = try FramedScheduleTests.sonar(periodMs: 500)
    plan.devices[0].framed?.line.setup = [
      FramedSetting(parts: [.bytes(Array("C\n".utf8))], waitMs: 100),
      FramedSetting(parts: [.bytes(Array("E\n".utf8))], isStored: true),
    ]
    var line = try ScriptedLine(plan)
    line.coming = [(10, Array("\rR0100\r".utf8))]
    // It falls silent, and is heard again from 25 s on.
    line.run(untilMs: 20_000)
    let start = Int64(25_000)
    for index in 0..<150 {
      line.coming.append((start + Int64(index) * 100, Array("\rR0200\r".utf8)))
    }
    line.run(untilMs: 40_000)
    let commands = line.sent.filter { $0.text == "C\n" }.map(\.ms)
    #expect(line.sent.filter { $0.text == "E\n" }.count == 1)
    #expect(commands[0] == 0)
    #expect((5...12).contains(commands.count))
    #expect(zip(commands.dropFirst(2), commands.dropFirst(3)).allSatisfy { $1 - $0 >= 900 })
    #expect(line.readings.contains { $0.value == 1.2 })
    #expect(commands.allSatisfy { $0 < 27_000 })
    // Every period has its reading all the same.
    #expect(line.readings.count >= 78)
  }

  @Test func anOpenedPortBeginsWithAllSettings() throws {
    var line = try ScriptedLine(try Self.polled(["1"]))
    line.run(
      untilMs: 6000,
      answer: { request, _ in
        request.contains("S") || request.contains("P")
          ? nil : (30, FramedScheduleTests.answer(request))
      },
      port: { task, ms in
        if case .listen = task, ms > 2000, ms < 2100 { return .failed(.portLost(5)) }
        return .done
      })
    #expect(line.openings == 2)
    #expect(line.sent.filter { $0.text == "1S\n" }.count == 2)
    #expect(line.sent.filter { $0.text == "1P\n" }.count == 2)
  }
}
