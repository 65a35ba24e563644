public import ArgumentParser
internal import GatewayRuntime

/// The `nomori` program.
public struct NomoriCommand: ParsableCommand {
  /// What `nomori --help` says.
  public static let configuration = CommandConfiguration(
    commandName: "nomori",
    abstract: "Watches rivers, roads and fields, and says when something is wrong.",
    version: nomoriVersion,
    subcommands: [
      DemoCommand.self, RunCommand.self, CheckCommand.self, WatchCommand.self, OrderCommand.self,
      RelayCommand.self,
      ReplayCommand.self, RepairCommand.self, DevicesCommand.self, SimulateCommand.self,
      ReadCommand.self, ScanCommand.self, DoctorCommand.self, WriteCommand.self,
    ])

  /// Makes the command.
  public init() {}

  /// Runs what the process's arguments ask for, and ends the process.
  public static func start() { main() }
}
