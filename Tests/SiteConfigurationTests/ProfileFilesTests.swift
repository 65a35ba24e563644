import DeviceProfiles
import Foundation
import SiteConfiguration
import Testing

/// The profiles that the project ships.
struct ShippedProfile: Sendable, CustomTestStringConvertible {
  var id: String
  var text: String
  var testDescription: String { id }

  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Devices").resolvingSymlinksInPath()

  static let all: [ShippedProfile] = {
    let files = FileManager.default.enumerator(atPath: folder.path)
    var profiles: [ShippedProfile] = []
    while let path = files?.nextObject() as? String {
      guard path.hasSuffix(".yaml") else { continue }
      let text = try? String(contentsOf: folder.appending(path: path), encoding: .utf8)
      profiles.append(ShippedProfile(id: String(path.dropLast(5)), text: text ?? ""))
    }
    return profiles.sorted { $0.id < $1.id }
  }()

  func read() throws -> DeviceProfile {
    let log = DiagnosticLog()
    let source = SourceText(name: "Devices/\(id).yaml", text: text)
    let profile = ProfileDocument.read(source, id: id, into: log)
    for diagnostic in log.diagnostics { Issue.record("\(diagnostic.rendered())") }
    return try #require(profile)
  }
}

@Suite struct ProfileFilesTests {
  @Test func theFirstProfilesAreThere() {
    let ids = ShippedProfile.all.map(\.id)
    for id in [
      "dfrobot/sen0575", "geolux/lx-80", "keller/36xiw", "waveshare/modbus-rtu-relay-8ch",
    ] {
      #expect(ids.contains(id))
    }
  }

  @Test(arguments: ShippedProfile.all)
  func isReadWithoutDiagnosticsAndFulfilsItsCases(file: ShippedProfile) throws {
    let profile = try file.read()
    #expect(!profile.cases.isEmpty)
    for example in profile.cases {
      let failures = profile.failures(of: example)
      #expect(failures.isEmpty, "\(example.name)")
    }
  }

  /// A quantity that no case mentions could have any address.
  @Test(arguments: ShippedProfile.all)
  func everyReadableQuantityIsInACase(file: ShippedProfile) throws {
    let profile = try file.read()
    let read = profile.cases.flatMap(\.expectations).map(\.quantity)
    for quantity in profile.quantities where quantity.isReadable {
      #expect(read.contains(quantity.id), "\(quantity.id) is in no case")
    }
    for quantity in profile.line?.quantities ?? [] {
      #expect(read.contains(quantity.id), "\(quantity.id) is in no case")
    }
  }

  /// A case that cannot fail proves nothing: each fails when what it says is changed.
  @Test(arguments: ShippedProfile.all)
  func aCaseThatSaysSomethingElseFails(file: ShippedProfile) throws {
    let profile = try file.read()
    for example in profile.cases {
      for index in example.expectations.indices {
        var wrong = example
        switch example.expectations[index].outcome {
        case .number(let number, let tolerance):
          wrong.expectations[index].outcome = .number(number + 1, tolerance: tolerance)
        case .fault: wrong.expectations[index].outcome = .number(0, tolerance: 0)
        }
        #expect(profile.failures(of: wrong).count == 1, "\(example.name)")
      }
      if let write = example.write {
        var wrong = example
        wrong.write?.value = write.value == 0 ? 1 : 0
        #expect(profile.failures(of: wrong).count == 1, "\(example.name)")
      }
      for index in example.response.indices {
        var wrong = example
        wrong.response[index] ^= 0x10
        #expect(!profile.failures(of: wrong).isEmpty, "\(example.name), byte \(index)")
      }
    }
  }

  @Test func repeatedQuantitiesAreNumberedAndStepThroughTheAddresses() throws {
    let file = try #require(
      ShippedProfile.all.first { $0.id == "waveshare/modbus-rtu-relay-8ch" })
    let profile = try file.read()
    let flash = try #require(profile.quantity("flash-on3"))
    #expect(flash.field == RawField(table: .coil, address: 0x0202, type: .uint16))
    #expect(flash.title == "Close relay 3 for a time")
    #expect(flash.timedOutput == "relay3")
    #expect(flash.access == .write)
    #expect(profile.quantities.count == 33)
  }

  @Test func theStatusOfTheLevelSensorGatesItsValues() throws {
    let file = try #require(ShippedProfile.all.first { $0.id == "keller/36xiw" })
    let profile = try file.read()
    let pressure = try #require(profile.quantity("p1"))
    let status = RawField(table: .holdingRegister, address: 0x020C, type: .uint16)
    #expect(pressure.coding.gates == [.clear(bit: 1, of: "status", at: status)])
    #expect(pressure.companionSpans == [status.span])
    #expect(profile.limits.maximumRegisters == 4)
    #expect(profile.limits.evenStart)
  }
}
