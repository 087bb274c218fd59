import ArgumentParser

/// `needletail collection`: documents that are kept, and searched by meaning.
struct CollectionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collection", abstract: "Keep documents in a collection, and search it by meaning.",
    discussion: """
      A collection is a folder: documents, metadata and vectors in a SQLite database, which is the truth, and index \
      files beside it, which can be made again. What add and delete acknowledge survives a crash and a power loss. Any \
      number of programs may search while one writes.

      Examples:
        needletail collection create notes
        needletail collection add notes ~/notes corpus.jsonl
        needletail collection search notes "birds that eat in the air" --where 'year >= 2020'
        needletail collection delete notes --where 'lang == "la"'
        needletail collection export notes --output notes.jsonl
      """,
    subcommands: [
      CollectionCreateCommand.self, CollectionAddCommand.self, CollectionSearchCommand.self,
      CollectionDeleteCommand.self, CollectionListCommand.self, CollectionStatsCommand.self,
      CollectionVerifyCommand.self, CollectionCompactCommand.self, CollectionExportCommand.self,
      CollectionBackupCommand.self, CollectionReembedCommand.self, CollectionAdaptCommand.self,
    ])
}
