// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "nomori",
  products: [
    .executable(name: "nomori", targets: ["nomori"]),
    .library(name: "DetectionCore", targets: ["DetectionCore"]),
    .library(name: "FieldSimulation", targets: ["FieldSimulation"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // Without what reads configurations, and the larger Foundation.
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // C: one module map and one shim each.
    .systemLibrary(
      name: "CModbus", pkgConfig: "libmodbus", providers: [.apt(["libmodbus-dev"])]),
    .systemLibrary(
      name: "CMosquitto", pkgConfig: "libmosquitto",
      providers: [.apt(["libmosquitto-dev", "libssl-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CLinux"),

    // L1: values and algorithms; no I/O, no clock, no Foundation.
    .target(name: "DetectionCore"),
    .target(name: "DeviceProfiles"),
    .target(name: "FieldLog", dependencies: ["CZstd"]),
    .target(name: "Tables", dependencies: ["DetectionCore"]),

    // L2: decisions; pure state machines and the protocols of their ports.
    .target(name: "Polling", dependencies: ["DetectionCore", "DeviceProfiles"]),
    .target(name: "Delivery", dependencies: ["DetectionCore"]),
    .target(name: "Alerting", dependencies: ["DetectionCore", "Delivery"]),
    .target(
      name: "SiteConfiguration",
      dependencies: [
        "Alerting", "DetectionCore", "DeviceProfiles", "Polling", "Delivery", "Tables",
        .product(name: "Yams", package: "Yams"),
      ]),

    // L3: one outside thing each.
    .target(name: "LinuxHost", dependencies: ["CLinux", "DetectionCore", "Polling"]),
    .target(
      name: "ModbusPort",
      dependencies: ["CModbus", "DetectionCore", "DeviceProfiles", "Polling"]),
    .target(name: "LinePort", dependencies: ["DetectionCore", "DeviceProfiles", "Polling"]),
    .target(name: "MosquittoClient", dependencies: ["CMosquitto", "Delivery", "DetectionCore"]),
    .target(
      name: "OutboxStore",
      dependencies: ["Delivery", "FieldLog", .product(name: "GRDB", package: "GRDB.swift")]),
    .target(name: "MessageSender", dependencies: ["Alerting", "CCurl", "DetectionCore"]),
    .target(
      name: "AcknowledgementServer",
      dependencies: [
        "COpenSSL",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(
      name: "RelayStore",
      dependencies: ["Alerting", "Delivery", .product(name: "GRDB", package: "GRDB.swift")]),
    .target(
      name: "FieldSimulation",
      dependencies: ["Delivery", "DetectionCore", "DeviceProfiles", "Polling", "Tables"]),

    // L4a: rooms that know the outside world, each for one purpose.
    .target(
      name: "Recording",
      dependencies: [
        "DetectionCore", "Delivery", "DeviceProfiles", "FieldLog", "LinuxHost", "Polling",
        "SiteConfiguration", "Tables",
      ]),
    .target(
      name: "SimulatedSite",
      dependencies: [
        "DetectionCore", "Delivery", "DeviceProfiles", "FieldSimulation", "LinuxHost",
        "ModbusPort", "Polling", "SiteConfiguration", "Tables",
      ]),
    .target(
      name: "Commissioning",
      dependencies: [
        "DetectionCore", "Delivery", "DeviceProfiles", "LinePort", "LinuxHost", "ModbusPort",
        "Polling", "SiteConfiguration",
      ]),
    .target(
      name: "GatewayStatus",
      dependencies: [
        "DetectionCore", "DeviceProfiles", "Delivery", "LinuxHost", "Polling", "SiteConfiguration",
      ]),

    // L4b: threads, supervision, restart; joins decisions and the outside world, without simulation.
    .target(
      name: "GatewayRuntime",
      dependencies: [
        "DetectionCore", "DeviceProfiles", "Polling", "Delivery", "SiteConfiguration",
        "LinuxHost", "MosquittoClient", "OutboxStore", "FieldLog", "Recording", "Commissioning",
        "GatewayStatus",
      ]),
    .target(
      name: "RelayRuntime",
      dependencies: [
        "AcknowledgementServer", "Alerting", "Delivery", "DetectionCore", "LinuxHost",
        "MessageSender", "MosquittoClient", "RelayStore", "SiteConfiguration",
      ]),
    // L5: what a user types.
    .target(
      name: "NomoriCommands",
      dependencies: [
        "GatewayRuntime", "GatewayStatus", "RelayRuntime", "RelayStore", "Commissioning",
        "SimulatedSite",
        "Recording", "Alerting", "SiteConfiguration", "DetectionCore", "DeviceProfiles", "Delivery",
        "Polling",
        "FieldSimulation", "Tables", "LinuxHost", "MosquittoClient",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(name: "nomori", dependencies: ["NomoriCommands"]),

    // deploy/bench formats
    .executableTarget(
      name: "FormatCost",
      dependencies: [
        "CAllocationProbe", "Commissioning", "Delivery", "DetectionCore", "SiteConfiguration",
      ], path: "Benchmarks/formats", exclude: ["bench"]),

    // Tests, one target a target; CAllocationProbe counts a thread's heap allocations, and TestSupport
    // is what tests share.
    .target(name: "CAllocationProbe", path: "Tests/CAllocationProbe"),
    .target(
      name: "TestSupport",
      dependencies: [
        "Commissioning", "DetectionCore", "LinuxHost", "SiteConfiguration", "Tables",
      ], path: "Tests/TestSupport"),
    .testTarget(name: "DetectionCoreTests", dependencies: ["DetectionCore", "CAllocationProbe"]),
    .testTarget(
      name: "DeviceProfilesTests", dependencies: ["DeviceProfiles", "DetectionCore"]),
    .testTarget(name: "FieldLogTests", dependencies: ["FieldLog", "DetectionCore"]),
    .testTarget(
      name: "PollingTests", dependencies: ["Polling", "DeviceProfiles", "DetectionCore"]),
    .testTarget(name: "DeliveryTests", dependencies: ["Delivery", "Alerting", "DetectionCore"]),
    .testTarget(name: "AlertingTests", dependencies: ["Alerting", "Delivery", "DetectionCore"]),
    .testTarget(name: "AcknowledgementServerTests", dependencies: ["AcknowledgementServer"]),
    .testTarget(
      name: "MessageSenderTests", dependencies: ["MessageSender", "Alerting", "DetectionCore"]),
    .testTarget(
      name: "RelayStoreTests",
      dependencies: ["RelayStore", "Alerting", "Delivery", "DetectionCore", "LinuxHost"]),
    .testTarget(
      name: "RelayRuntimeTests", dependencies: ["RelayRuntime", "LinuxHost", "DetectionCore"]),
    .testTarget(
      name: "SiteConfigurationTests",
      dependencies: [
        "SiteConfiguration", "Alerting", "DeviceProfiles", "DetectionCore", "Polling", "Delivery",
      ],
      exclude: ["quirks.txt"]),
    .testTarget(name: "LinuxHostTests", dependencies: ["LinuxHost", "DetectionCore"]),
    .testTarget(
      name: "ModbusPortTests",
      dependencies: [
        "ModbusPort", "TestSupport", "LinuxHost", "Polling", "DeviceProfiles", "DetectionCore",
      ]),
    .testTarget(
      name: "LinePortTests",
      dependencies: [
        "LinePort", "TestSupport", "LinuxHost", "Polling", "DeviceProfiles", "DetectionCore",
      ]),
    .testTarget(
      name: "MosquittoClientTests",
      dependencies: ["MosquittoClient", "Delivery", "DetectionCore", "LinuxHost"]),
    .testTarget(
      name: "OutboxStoreTests",
      dependencies: ["OutboxStore", "TestSupport", "Delivery", "DetectionCore"],
      exclude: ["Samples"]),
    .testTarget(
      name: "FieldSimulationTests",
      dependencies: ["FieldSimulation", "Tables", "DetectionCore", "DeviceProfiles", "Polling"]),
    .testTarget(
      name: "TablesTests", dependencies: ["Tables", "DetectionCore"], exclude: ["Dialects"]),
    .testTarget(
      name: "RecordingTests",
      dependencies: [
        "Recording", "TestSupport", "Commissioning", "SiteConfiguration", "FieldSimulation",
        "DetectionCore",
        "Delivery", "LinuxHost", "FieldLog", "Polling", "Tables",
      ]),
    .testTarget(
      name: "SimulatedSiteTests",
      dependencies: [
        "SimulatedSite", "TestSupport", "Commissioning", "SiteConfiguration", "FieldSimulation",
        "DetectionCore", "Delivery", "DeviceProfiles", "LinuxHost", "ModbusPort", "Polling",
        "Tables",
      ]),
    .testTarget(
      name: "CommissioningTests",
      dependencies: [
        "Commissioning", "TestSupport", "SimulatedSite", "SiteConfiguration", "FieldSimulation",
        "DetectionCore", "Delivery", "DeviceProfiles", "LinuxHost", "Polling",
      ]),
    .testTarget(
      name: "GatewayStatusTests", dependencies: ["GatewayStatus", "Delivery", "DetectionCore"]),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "GatewayRuntime", "GatewayStatus", "Recording", "SimulatedSite", "Commissioning",
        "TestSupport", "FieldSimulation", "SiteConfiguration", "Delivery", "LinuxHost", "Polling",
        "DeviceProfiles", "DetectionCore", "FieldLog", "Tables", "OutboxStore",
      ]),
    .testTarget(
      name: "GatewayRuntimeTests",
      dependencies: [
        "GatewayRuntime", "GatewayStatus", "Recording", "SimulatedSite", "Commissioning",
        "TestSupport", "SiteConfiguration", "FieldSimulation", "DetectionCore", "Delivery",
        "LinuxHost", "FieldLog", "ModbusPort", "DeviceProfiles", "Polling", "Tables",
        "OutboxStore", "CAllocationProbe",
      ]),
    .testTarget(
      name: "NomoriCommandsTests",
      dependencies: [
        "NomoriCommands", "GatewayRuntime", "GatewayStatus", "Commissioning", "DetectionCore",
        "DeviceProfiles", "Delivery", "LinuxHost", "Polling", "SiteConfiguration",
        .product(name: "Logging", package: "swift-log"),
      ], exclude: ["Captures"]),
    .testTarget(name: "HouseRulesTests", exclude: ["arrows.txt"]),
  ]
)

// Every Swift target is held to the same language rules; warnings are errors.
for target in package.targets where target.type != .system && !target.name.hasPrefix("C") {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
  ]
}
