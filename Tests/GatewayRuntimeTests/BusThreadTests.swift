import SimulatedSite
import Delivery
import DetectionCore
import DeviceProfiles
import FieldSimulation
import LinuxHost
import ModbusPort
import Polling
import SiteConfiguration
import TestSupport
import Testing

@testable import GatewayRuntime
@testable import GatewayStatus

/// One bus thread and its devices, with the test in the place of the lane.
private struct Bus {
  let thread: BusThread
  let board: SharedStatus
  let stop = StopFlag()
  let running: HostThread

  init(_ box: RiverBox) throws {
    let board = SharedStatus(site: box.site)
    self.board = board
    let thread = BusThread(
      plan: box.site.buses[0], index: 0, outputIDs: box.site.description.outputs.map(\.id),
      clock: box.clock, board: board, lane: try WakeSignal(),
      recorder: try WakeSignal(), connection: try BusConnection(points: 8, outputs: 1), stop: stop)
    self.thread = thread
    running = try HostThread(name: "bus") { _ in thread.run() }
  }

  /// The readings of point 0 that came since they were last taken.
  func takeReadings() -> Int {
    var count = 0
    while let reading = thread.connection.readings.pop() {
      if reading.point.rawValue == 0 { count += 1 }
    }
    return count
  }

  func switchLamp(_ isOn: Bool) {
    #expect(thread.connection.commands.push(OutputCommand(output: 0, isOn: isOn)))
    thread.connection.wake.raise()
  }

  func setPeriod(_ period: TimeSpan) {
    let command = PeriodCommand(point: PointIndex(rawValue: 0), period: period)
    #expect(thread.connection.periods.push(command))
    thread.connection.wake.raise()
  }

  func end() {
    stop.raise()
    thread.connection.wake.raise()
    running.join()
  }

  var lamp: OutputStatus? { board.current.buses[0].outputs.first }
}

extension GatewayTests {
  @Suite(.serialized) struct Buses {
    @Test func howDevicesDoIsShown() throws {
      var box = try RiverBox(River.site(), speed: 60)
      // The rain gauge says that it is another one.
      let rain = try #require(box.site.buses[0].devices.firstIndex { $0.id == "rain-gauge" })
      let field = try box.connectField(level: River.course([(0, 1), (600, 1)]))
      defer { field.end() }
      box.site.buses[0].devices[rain].modbus?.profile.identity = [
        .field(
          RawField(table: .inputRegister, address: 0, type: .uint16), mask: .max, accepted: [7])
      ]
      let bus = try Bus(box)
      #expect(
        waitUntil {
          bus.board.current.problems["device rain-gauge"]?.description.hasPrefix("another") == true
        })
      #expect(waitUntil { bus.takeReadings() > 0 })
      #expect(
        waitUntil {
          let devices = bus.board.current.buses[0].devices
          return !devices.isEmpty && devices[0].counters.responses.percentile(0.5) != nil
            && devices[rain].health != .online && devices[rain].counters.wrongDevices > 0
        })
      #expect(bus.board.current.problems["device level-probe"] == nil)
      bus.end()
    }

    @Test func devicesAreKnownByWhatTheyTellOfThemselves() throws {
      var box = try RiverBox(River.site(), speed: 60)
      box.site.buses[0].devices[0].modbus?.profile.identity = [.serverText("PROBE")]
      let field = try box.connectField(level: River.course([(0, 1), (600, 1)]))
      defer { field.end() }
      // The rain gauge of the field does not know function 17.
      let rain = try #require(box.site.buses[0].devices.firstIndex { $0.id == "rain-gauge" })
      box.site.buses[0].devices[rain].modbus?.profile.identity = [.serverText("GAUGE")]
      let bus = try Bus(box)
      #expect(
        waitUntil {
          let devices = bus.board.current.buses[0].devices
          return !devices.isEmpty && devices[rain].counters.wrongDevices > 0
        })
      #expect(waitUntil { bus.takeReadings() > 0 })
      #expect(bus.board.current.buses[0].devices[0].health == .online)
      #expect(bus.board.current.buses[0].devices[0].counters.wrongDevices == 0)
      bus.end()
    }

    @Test func aPeriodIsChangedAndShown() throws {
      var box = try RiverBox(River.site(), speed: 60)
      let field = try box.connectField(level: River.course([(0, 1), (600, 1)]))
      defer { field.end() }
      let bus = try Bus(box)
      #expect(waitUntil { bus.takeReadings() > 0 })
      #expect(bus.board.current.points[0].period == .seconds(60))
      let start = box.clock.now
      bus.setPeriod(.seconds(6))
      var count = 0
      #expect(
        waitUntil {
          count += bus.takeReadings()
          return count >= 20
        })
      // At the old period 20 readings take twenty minutes.
      #expect((box.clock.now - start).seconds < 600)
      #expect(bus.board.current.points[0].period == .seconds(6))
      #expect(bus.board.current.points[1].period == .seconds(300))
      #expect(bus.board.current.buses[0].counters.periodChanges == 1)
      bus.end()
    }

    @Test func aLampThatTheLaneForgetsIsSwitchedOff() throws {
      var box = try RiverBox(River.site(), speed: 60)
      let field = try box.connectField(level: River.course([(0, 1), (600, 1)]))
      defer { field.end() }
      for device in box.site.buses[0].devices.indices {
        for output in box.site.buses[0].devices[device].outputs.indices {
          box.site.buses[0].devices[device].modbus?.outputs[output].maximumOnTime = .seconds(30)
        }
      }
      let bus = try Bus(box)
      bus.switchLamp(true)
      #expect(waitUntil { bus.lamp?.wanted == true && bus.lamp?.isConfirmed == true })
      #expect(waitUntil { bus.lamp?.wanted == false && bus.lamp?.isConfirmed == true })
      #expect(bus.board.current.buses[0].counters.forcedOff == 1)
      bus.end()
    }

    @Test func aThreadThatEndsLeavesTheLampOffWhateverIsStillQueued() throws {
      var box = try RiverBox(River.site(), speed: 60)
      let field = try box.connectField(level: River.course([(0, 1), (600, 1)]))
      defer { field.end() }
      let bus = try Bus(box)
      bus.switchLamp(true)
      #expect(waitUntil { bus.lamp?.wanted == true && bus.lamp?.isConfirmed == true })
      bus.stop.raise()
      for turn in 0..<200 { bus.switchLamp(turn % 2 == 0) }
      bus.end()
      #expect(bus.lamp?.wanted == false && bus.lamp?.isConfirmed == true)
      #expect(bus.board.current.problems == [:])
    }

    @Test func aRelayThatIsGoneHoldsUpTheEndForSecondsOnly() throws {
      var box = try RiverBox(River.site(), speed: 60)
      let field = try box.connectField(level: River.course([(0, 1), (600, 1)]))
      let bus = try Bus(box)
      bus.switchLamp(true)
      #expect(waitUntil { bus.lamp?.wanted == true && bus.lamp?.isConfirmed == true })
      field.end()
      let real = HostClock()
      let start = real.now
      bus.end()
      // What a shutdown may take, and the transaction that it interrupts.
      #expect((real.now - start).seconds < PollingLimits.longestShutdown.seconds + 4)
      let lamp = try #require(box.site.description.outputs.first?.id)
      #expect(
        bus.board.current.problems["output \(lamp)"]?.description.contains("not switched off")
          == true)
    }
  }
}
