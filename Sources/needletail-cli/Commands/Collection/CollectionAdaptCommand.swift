import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection adapt`: questions of another model without new vectors.
struct CollectionAdaptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapt", abstract: "Let another model embed the questions, without embedding the documents anew.",
    discussion: """
      Texts of the collection are embedded by the other model, and a linear map from its vectors to the stored ones is \
      fitted. From then on search --model finds documents by questions of that model. How much of what the collection's \
      own vectors find is found is measured with a tenth of the texts, which the map was not fitted on, and printed. \
      reembed loses nothing; adapt takes a sample's time.

      Examples:
        needletail collection adapt notes --model ./new-model
        needletail collection adapt notes --model ./new-model --sample 20000 --json
        needletail collection search notes "birds" --model ./new-model
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Option(help: ArgumentHelp("How many texts to take.", valueName: "n"))
  var sample = 5000

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard sample >= 10 else { throw ValidationError("--sample should be at least 10, found \(sample)") }
  }

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readWrite)
    let embedder = try await model.embedder(quiet: output.quiet)
    let bar = ProgressBar("embedding a sample", total: nil, unit: "texts", quiet: output.quiet)
    defer { bar.finish() }
    let made = try await collection.adapt(to: embedder, sample: sample, opening: model.opening) {
      bar.advance(to: $0, fraction: Double($0) / Double(max($1, 1)))
    }
    try await collection.close()
    bar.finish()
    try StandardOutput.print(output.json ? made.json.text() : made.shown)
  }
}

extension QueryCompensation {
  /// What the map is worth, as programs read it.
  var json: JSONValue {
    .object([
      "model": .string(model), "pairs": .integer(pairs), "held_out": .integer(questions),
      "recall_at_10": .double(recall),
    ])
  }

  /// What the map is worth, for people.
  var shown: String {
    "\(recall.rounded(digits: 3)) of the ten nearest documents are found (\(questions) held-out texts, \(pairs) fitted)"
  }
}
