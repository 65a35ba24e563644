internal import ArgumentParser
internal import Delivery
internal import Recording

/// `nomori repair`: a cut recording becomes one that any tool opens.
struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Write what is sound of a cut or damaged recording into a new one.",
    discussion: "nomori replay reads cut recordings as they are; other tools want a whole file.")

  @Argument(help: "The recording.")
  var recording: String

  @Argument(help: "The file to make; it must not exist.")
  var target: String

  @Option(help: "The language of messages.")
  var language = Language.preferred

  mutating func run() throws {
    let result = try reporting { try RecordingRepair.repair(recording, into: target) }
    if let damage = result.firstDamage {
      complain(
        language.pick(
          "\(result.damageCount) damaged places; the first: \(damage.english)",
          "損傷 \(result.damageCount) か所。最初の箇所: \(damage.japanese)"))
    }
    say(
      language.pick(
        "\(target): \(result.bytesKept) bytes kept, \(result.bytesLost) lost",
        "\(target): \(result.bytesKept) バイトを復旧、\(result.bytesLost) バイトを消失"))
  }
}
