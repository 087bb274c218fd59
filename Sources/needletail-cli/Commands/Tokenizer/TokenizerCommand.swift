import ArgumentParser

/// `needletail tokenizer`: making vocabularies.
struct TokenizerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "Train tokenizers.", subcommands: [TokenizerTrainCommand.self])
}
