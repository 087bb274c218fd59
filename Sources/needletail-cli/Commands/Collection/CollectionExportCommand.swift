import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection export`: the documents back as files.
struct CollectionExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the documents of a collection as JSONL or as a folder of BEIR.",
    discussion: """
      jsonl is {"id", "text", "metadata"} a line, in the order in which documents were stored, and is what add reads. beir \
      is a folder with corpus.jsonl. With --vectors the documents' vectors are written, too, in the same order; documents \
      with several chunks have several, and cannot be written so.

      Examples:
        needletail collection export notes > notes.jsonl
        needletail collection export notes --format beir --output corpus
        needletail collection export mine --output mine.jsonl --vectors mine.npy
      """)

  /// How documents are written.
  enum Format: String, CaseIterable, ExpressibleByArgument { case jsonl, beir }

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Option(help: ArgumentHelp("Write to a file, or for beir into a folder; - is standard output.", valueName: "path"))
  var output = "-"

  @Option(help: "How documents are written.")
  var format = Format.jsonl

  @Option(
    help: ArgumentHelp("Write the vectors, too, as .npy or .fvecs: float32, [documents, values].", valueName: "file"))
  var vectors: String?

  @Option(
    help: ArgumentHelp("The field whose vectors are written; the collection's first by default.", valueName: "name"))
  var field: String?

  @Flag(help: "Show neither progress nor remarks.")
  var quiet = false

  func validate() throws {
    if format == .beir, output == "-" { throw ValidationError("beir is a folder; name it by --output") }
    if let vectors, vectors == "-" || VectorsFile.Format(name: vectors) == nil {
      throw ValidationError("--vectors takes a file whose name ends in .npy or .fvecs, found \(vectors)")
    }
  }

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readOnly)
    var path = output
    if format == .beir {
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      path = output + "/corpus.jsonl"
    }
    let writer = try DocumentWriter(path, layout: format == .beir ? .corpus : .documents)
    let file = try vectors.map { try VectorsFile($0, columns: collection.dimension) }
    let bar = ProgressBar("exporting", total: try await collection.count(), unit: "documents", quiet: quiet)
    defer { bar.finish() }
    var done = 0
    var page = try await collection.documents()
    while !page.documents.isEmpty {
      try Task.checkCancellation()
      if let file { try file.append(try await collection.vectors(of: page.documents.map(\.id), field: field)) }
      for document in page.documents { try writer.append(document) }
      done += page.documents.count
      bar.advance(to: done)
      page = try await collection.documents(after: page.position)
    }
    try file?.finish()
    try writer.finish()
    try await collection.close()
  }
}
