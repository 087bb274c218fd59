import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection add`: documents into a collection.
struct CollectionAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add documents, each in place of the one that has its id.",
    usage: "needletail collection add [<options>] <collection> <path> ...",
    discussion: """
      JSONL has a document a line: a string, or {"id", "text", "metadata"} (also "_id" and "title"; other members are \
      metadata; "embedding" or "vector" is the row's own vector). CSV and TSV have a header with a column text. Any other \
      file is one document, named by its path. Folders are walked; one with a corpus.jsonl is BEIR's, of which that file \
      is read.

      A batch is acknowledged when it is on the disk. After an interruption the same command goes on: what is there is \
      read again, and neither embedded nor written.

      Examples:
        needletail collection add notes corpus.jsonl
        needletail collection add notes ~/notes report.md table.csv
        needletail collection add mine rows.jsonl --vectors rows.npy
        zcat corpus.jsonl.gz | needletail collection add notes -
        needletail collection add notes --watch ~/notes
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Argument(help: ArgumentHelp("Files, folders, or - for JSONL of standard input.", valueName: "path"))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "The rows' vectors, in their order: .npy or .fvecs. They are checked before anything is added.", valueName: "file"
    ))
  var vectors: String?

  @Option(help: ArgumentHelp("The field that the documents' own vectors are for.", valueName: "name"))
  var field: String?

  @Option(
    help: ArgumentHelp(
      "Keep the collection equal to a folder until Ctrl-C: new, changed and deleted files are followed.",
      valueName: "folder"))
  var watch: String?

  @Flag(help: "Read what .gitignore leaves out, too.")
  var noIgnore = false

  @Flag(help: "Read hidden files and folders, too.")
  var hidden = false

  @OptionGroup var model: CollectionModel
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard paths.isEmpty != (watch == nil) else {
      throw ValidationError("give files and folders, - for standard input, or a folder by --watch alone")
    }
    guard vectors == nil || watch == nil else { throw ValidationError("--vectors are for rows, not for --watch") }
  }

  func run() async throws {
    let collection = try await model.open(collection, mode: .readWrite, quiet: output.quiet)
    var adder = DocumentAdder(collection: collection, field: field, isJSON: output.json, quiet: output.quiet)
    var walk = WalkOptions()
    walk.obeysIgnoreFiles = !noIgnore
    walk.includesHidden = hidden
    if let watch { return try await follow(watch, walk, adder) }
    var source = try DocumentSource(paths, walk: walk)
    if let vectors { adder.vectors = try rowVectors(vectors, dimension: collection.dimension) }
    let done: Int
    do {
      done = try await adder.add(&source)
    } catch is CancellationError {
      if !output.quiet {
        StandardError.write("needletail: interrupted; what was added is kept, and the same command goes on\n")
      }
      throw CancellationError()
    }
    for warning in source.warnings where !output.quiet { StandardError.warn(warning) }
    try await collection.close()
    if !output.quiet, !output.json { StandardError.write("needletail: \(done) documents are in \(self.collection)\n") }
  }

  /// Opens the file of the rows' vectors, and counts the rows where they can be read twice.
  private func rowVectors(_ file: String, dimension: Int) throws -> RowVectors {
    for path in paths where FileStatus(DocumentSource.corpus(path), followsLinks: true)?.kind == .folder {
      throw RetrievalError(
        .request, path, "is a folder, whose files have no certain order; name the files of --vectors")
    }
    let vectors = try RowVectors(file, dimension: dimension)
    if !paths.contains("-") { try vectors.check(try DocumentSource(paths)) }
    return vectors
  }

  /// Keeps the collection equal to a folder until the task is cancelled.
  private func follow(_ folder: String, _ walk: WalkOptions, _ adder: DocumentAdder) async throws {
    guard FileStatus(folder, followsLinks: true)?.kind == .folder else {
      throw RetrievalError(.unreadable, folder, "is no folder that can be watched")
    }
    var mirror = FolderMirror(folder, options: walk, adder: adder)
    while true {
      let changes = try await mirror.synchronize()
      for warning in changes.warnings where !output.quiet { StandardError.warn(warning) }
      if !output.quiet, changes.added + changes.deleted > 0 {
        StandardError.write("needletail: \(changes.added) documents added, \(changes.deleted) deleted\n")
      }
      try await mirror.wait()
    }
  }
}
