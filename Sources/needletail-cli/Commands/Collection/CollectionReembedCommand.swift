import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection reembed`: vectors of another model.
struct CollectionReembedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reembed", abstract: "Embed all documents anew, with another model.",
    discussion: """
      Searches find what they found, with the old model, until all is done; then everything changes at once. After an \
      interruption the same command goes on where it was. With the model that the collection has it forgets what was \
      begun with another one. Documents that have a vector and no text are refused before it begins.

      Examples:
        needletail collection reembed notes --model sentence-transformers/all-MiniLM-L6-v2 --precision int8
        needletail collection reembed mine --model ./my-model
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @OptionGroup var model: ModelOptions

  @Flag(help: "Show neither progress nor remarks.")
  var quiet = false

  func run() async throws {
    let embedder = try await model.embedder(quiet: quiet)
    let bar = ProgressBar("embedding", total: nil, unit: "documents", quiet: quiet)
    defer { bar.finish() }
    do {
      try await DocumentCollection.reembed(at: URL(filePath: collection), with: embedder, opening: model.opening) {
        bar.advance(to: $0, fraction: Double($0) / Double(max($1, 1)))
      }
    } catch is CancellationError {
      if !quiet {
        StandardError.write("needletail: interrupted; the old vectors are used until the same command has gone on\n")
      }
      throw CancellationError()
    }
  }
}
