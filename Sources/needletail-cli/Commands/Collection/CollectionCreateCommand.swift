public import ArgumentParser
public import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection create`: an empty collection.
struct CollectionCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make an empty collection.",
    discussion: """
      The model, the fields, the chunks and the metric are decided here and stay. Commands that come later open the \
      model by themselves.

      Examples:
        needletail collection create notes
        needletail collection create papers --model sentence-transformers/all-MiniLM-L6-v2 --precision int8 --chunk 200
        needletail collection create papers --field title --field text
        needletail collection create mine --own-vectors 768 --metric ip
      """)

  @Argument(
    help: ArgumentHelp("The collection's folder, which must not be there yet, or be empty.", valueName: "collection"))
  var collection: String

  @Option(
    help: ArgumentHelp(
      """
      What of a document is embedded: text, or a member of its metadata that holds a string. May be given several times; \
      the first is searched where a search names none.
      """, valueName: "name"))
  var field: [String] = []

  @Option(
    help: ArgumentHelp(
      "Cut texts into chunks of at most so many tokens, each with a vector of its own; the model's limit by default.",
      valueName: "tokens"))
  var chunk: Int?

  @Option(help: ArgumentHelp("What near means: cosine, ip or l2.", valueName: "metric"))
  var metric = Metric.cosine

  @Option(
    help: ArgumentHelp(
      "Embed nothing: every document comes with its vector, of so many values.", valueName: "values"))
  var ownVectors: Int?

  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let ownVectors, ownVectors < 1 {
      throw ValidationError("--own-vectors should be at least 1, found \(ownVectors)")
    }
    if let chunk, chunk < 8 { throw ValidationError("--chunk should be at least 8, found \(chunk)") }
    if Set(field).count < field.count { throw ValidationError("--field names one field twice") }
    if ownVectors != nil, model.model != "bundled" {
      throw ValidationError("--own-vectors and --model exclude each other: who gives vectors needs no model")
    }
  }

  func run() async throws {
    var settings = CollectionSettings()
    settings.metric = metric
    settings.chunkTokens = chunk
    if !field.isEmpty { settings.fields = field }
    let url = URL(filePath: collection)
    let made: DocumentCollection
    if let ownVectors {
      made = try await DocumentCollection.create(at: url, dimension: ownVectors, settings: settings)
    } else {
      settings.opening = model.opening
      made = try await DocumentCollection.create(
        at: url, embedder: try await model.embedder(quiet: output.quiet), settings: settings)
    }
    if output.json {
      let report: JSONValue = .object([
        "path": .string(collection), "dimension": .integer(made.dimension), "metric": .string(metric.rawValue),
        "fields": .array(made.settings.fields.map { .string($0) }),
        "model": ownVectors == nil ? .string(model.model) : .null,
      ])
      try StandardOutput.print(report.text(indented: true))
    }
    try await made.close()
  }
}

extension Metric: ExpressibleByArgument {}
