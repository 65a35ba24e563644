import Foundation
import Testing

@Suite("The house: layers and arrows")
struct ArchitectureTests {
  let house: House
  let manifest: Manifest

  init() throws {
    house = try House.read()
    manifest = try Manifest.read()
  }

  @Test("The manifest's arrows are the committed ones")
  func arrowsAreTheCommittedOnes() {
    #expect(!manifest.arrows.isEmpty)
    let new = manifest.arrows.subtracting(house.arrows).sorted()
    let gone = house.arrows.subtracting(manifest.arrows).sorted()
    #expect(new.isEmpty, "Package.swift draws arrows that \(House.path) does not have")
    #expect(gone.isEmpty, "\(House.path) has arrows that Package.swift no longer draws")
  }

  @Test("Arrows point to lower layers only")
  func arrowsPointDown() {
    #expect(!house.arrows.isEmpty)
    #expect(house.arrowsThatDoNotPointDown.isEmpty)
  }

  @Test("An upward arrow and one within a layer are seen")
  func wrongArrowsAreSeen() throws {
    let house = try House(
      """
      layer low: A B
      layer high: C
      C -> A
      A -> B
      B -> C
      C -> Unknown
      """)
    #expect(
      house.arrowsThatDoNotPointDown.map(\.description) == ["A -> B", "B -> C", "C -> Unknown"])
  }

  @Test("Every target of the manifest stands in one layer, and holds sources")
  func targetsStandInALayer() throws {
    let names = manifest.sources.map(\.name)
    let layered = house.layers.filter { $0.name != "libraries" }.flatMap(\.targets)
    #expect(names.sorted() == layered.sorted())
    #expect(try Repository.folders(below: "Sources") == names.sorted())
    for target in names {
      #expect(
        Repository.files.contains { $0.hasPrefix("Sources/\(target)/") && isSource($0) },
        "Sources/\(target) is empty")
    }
  }

  @Test("Every test target holds tests, and every folder of tests is a target")
  func testFoldersAreTargets() throws {
    let targets = manifest.targets.filter { $0.kind == "test" }.map(\.name)
    #expect(!targets.isEmpty)
    for target in targets {
      let files = Repository.tests.filter { $0.target == target }
      #expect(
        files.contains { file in file.code.contains { $0.contains("@Test") } },
        "Tests/\(target) holds no test")
    }
    let folders = try Repository.folders(below: "Tests").filter { $0.hasSuffix("Tests") }
    #expect(folders == targets.sorted())
  }

  @Test("Every Swift target is held to the same language rules")
  func languageRules() {
    let rules: Set<String> = [
      "swiftLanguageMode 6", "strictMemorySafety", "treatAllWarnings error",
      "enableUpcomingFeature ExistentialAny", "enableUpcomingFeature InternalImportsByDefault",
      "enableUpcomingFeature MemberImportVisibility",
      "enableUpcomingFeature NonisolatedNonsendingByDefault",
      "enableUpcomingFeature InferIsolatedConformances",
    ]
    let swift = manifest.targets.filter { $0.kind != "system" && !$0.name.hasPrefix("C") }
    #expect(!swift.isEmpty)
    for target in swift {
      #expect(target.settings == rules, "the settings of \(target.name)")
    }
  }

  @Test("An import of the house is an arrow of the house")
  func importsAreArrows() {
    let modules = Set(house.layers.flatMap(\.targets))
    var seen = 0
    for file in Repository.sources {
      for (module, line) in file.imports where modules.contains(module) {
        seen += 1
        let isArrow = house.arrows.contains(House.Arrow(from: file.target, to: module))
        #expect(isArrow, "\(file.location(line))")
      }
    }
    #expect(seen > 0)
  }

  @Test("Each C module is imported by exactly one Swift target")
  func cModulesHaveOneUser() {
    let modules = house.targets(of: "C")
    #expect(!modules.isEmpty)
    for module in modules {
      let users = Repository.sources.filter { file in file.imports.contains { $0.module == module }
      }
      #expect(Set(users.map(\.target)).count == 1, "\(module): \(users.map(\.path))")
    }
  }

  @Test("The simulation imports no adapter")
  func simulationImportsNoAdapter() {
    let adapters = Set(house.targets(of: "L3")).subtracting(["FieldSimulation"])
    let files = Repository.sources.filter { $0.target == "FieldSimulation" }
    #expect(!adapters.isEmpty && !files.isEmpty)
    for file in files {
      for (module, line) in file.imports {
        #expect(
          !adapters.contains(module) && !house.targets(of: "C").contains(module),
          "\(file.location(line))")
      }
    }
  }

  @Test("No arrow leads from the gateway's threads to the simulation")
  func runtimeReachesNoSimulation() {
    let reached = house.targetsBelow("GatewayRuntime")
    #expect(reached.contains("ModbusPort"))
    #expect(reached.isDisjoint(with: ["FieldSimulation", "SimulatedSite"]))
  }

  @Test("The lower layers do without Foundation, but for those that say why")
  func lowerLayersDoWithoutFoundation() {
    let lower = ["L1", "L1-tables", "L2", "L2-receivers", "L2-plans", "L3"].flatMap(
      house.targets(of:))
    var users: Set<String> = []
    for file in Repository.sources where lower.contains(file.target) {
      for (module, line) in file.imports where module.hasPrefix("Foundation") {
        users.insert(file.target)
        #expect(house.foundation[file.target] != nil, "\(file.location(line))")
      }
    }
    #expect(Repository.sources.contains { lower.contains($0.target) })
    #expect(Set(house.foundation.keys).subtracting(users).isEmpty, "no longer need Foundation")
  }

  private func isSource(_ path: String) -> Bool {
    [".swift", ".c", ".h", ".modulemap"].contains(where: path.hasSuffix)
  }
}
