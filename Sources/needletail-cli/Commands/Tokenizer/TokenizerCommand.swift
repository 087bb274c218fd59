import ArgumentParser

/// `needletail tokenizer`: making vocabularies and looking into them.
struct TokenizerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "Train, extend and inspect tokenizers.",
    subcommands: [TokenizerTrainCommand.self, TokenizerExtendCommand.self, TokenizerInspectCommand.self])
}
