internal import ArgumentParser
internal import Commissioning
internal import Delivery
internal import DetectionCore
internal import FieldSimulation
internal import LinuxHost
internal import Polling
internal import Recording
internal import RelayStore
internal import SiteConfiguration
internal import Tables

extension ExitCode {
  /// Something is wrong in the input data (EX_DATAERR).
  static let dataError = ExitCode(65)
  /// An input file is not there or cannot be read (EX_NOINPUT).
  static let noInput = ExitCode(66)
  /// Something that is needed is not available (EX_UNAVAILABLE).
  static let unavailable = ExitCode(69)
  /// The configuration is wrong (EX_CONFIG).
  static let configuration = ExitCode(78)
}

/// Loads a site, saying all that is wrong with it.
///
/// - Throws: `ExitCode` 66 where the file cannot be read, 78 where it cannot be used.
func loadSite(_ path: String, language: Language) throws -> Site {
  do {
    let (site, warnings) = try SiteFiles().load(path)
    for warning in warnings { complain(warning.rendered(in: language.ofMessages)) }
    return site
  } catch let error as ConfigurationError {
    for diagnostic in error.diagnostics {
      complain(diagnostic.rendered(in: language.ofMessages))
    }
    let count = error.diagnostics.filter { $0.severity == .error }.count
    complain(
      language.pick(
        "\(path): \(count) \(count == 1 ? "error" : "errors"); nothing was started",
        "\(path): エラー \(count) 件。起動しません"))
    throw ExitCode.configuration
  } catch let error as HostError {
    complain("nomori: \(error)")
    throw ExitCode.noInput
  }
}

/// Runs `body`; an error becomes a sentence and the exit code that suits it.
func reporting<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error where error is ExitCode || error is ValidationError {
    throw error
  } catch let error as ConfigurationError {
    for diagnostic in error.diagnostics {
      complain(diagnostic.rendered(in: Language.preferred.ofMessages))
    }
    throw ExitCode.configuration
  } catch let error as Replay.Failure {
    complain(Language.preferred.pick(error.text))
    throw ExitCode.dataError
  } catch {
    complain("nomori: \(error)")
    throw exitCode(for: error)
  }
}

/// What a caller of the program can make of an error.
private func exitCode(for error: any Error) -> ExitCode {
  switch error {
  case let error as FactStoreError where error.recovery == .refuseStart: .configuration
  case let error as BrokerError where error.recovery == .refuseStart: .configuration
  case is PlanError, is BusPlanError, PrivateFileError.readableByOthers: .configuration
  case let error as RelayStoreError where error.refusesStart: .configuration
  case is CSVError: .dataError
  case let error as HostError where error.isAboutPath: .noInput
  default: .unavailable
  }
}

extension Language {
  /// The same language, as diagnostics name it.
  var ofMessages: MessageLanguage { self == .ja ? .japanese : .english }
}
