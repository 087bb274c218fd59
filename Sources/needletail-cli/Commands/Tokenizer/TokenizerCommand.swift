import ArgumentParser

/// `needletail tokenizer`: making vocabularies and looking into them.
struct TokenizerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "Extend and inspect tokenizers.",
    subcommands: [TokenizerExtendCommand.self, TokenizerInspectCommand.self])
}
