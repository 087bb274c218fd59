import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection search`: the documents nearest in meaning to a question.
struct CollectionSearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the documents nearest in meaning to a question.",
    discussion: """
      --where keeps to documents whose metadata fits; as many are found as --limit says whenever so many fit. Of a \
      document with several chunks the nearest counts.

      Examples:
        needletail collection search notes "birds that eat in the air"
        needletail collection search notes "tax" --where 'year >= 2020 and lang in ["en", "de"]' --limit 3 --json
        needletail collection search notes "tax" --where 'not exists url' --explain
        needletail collection search papers "tax" --field title=0.3 --field text=0.7
        needletail embed "tax" | jq -c .embedding | needletail collection search mine --vector -
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Argument(help: "What to look for, in any words.")
  var query: String?

  @Option(
    help: ArgumentHelp(
      "Look for a vector in place of words: a file with a JSON array of numbers; - is standard input.",
      valueName: "file"))
  var vector: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("How many documents at most.", valueName: "n"))
  var limit = 10

  @Option(
    name: .customLong("where"), help: ArgumentHelp("Keep to documents whose metadata fits.", valueName: "filter"),
    transform: { try Filter(parsing: $0) })
  var filter: Filter?

  @Option(
    help: ArgumentHelp(
      """
      The field to search; the collection's first by default. Given several times, a document's score is the sum of its \
      fields' similarities, each times its weight, which is 1 unless it is given; a missing field counts 0.
      """, valueName: "name[=weight]"))
  var field: [WeightedFieldArgument] = []

  @Option(help: ArgumentHelp("Find this part of the nearest, 0.5 to 1, in large segments.", valueName: "part"))
  var recall = 0.95

  @Option(help: ArgumentHelp("Keep so many vectors in a walk, in place of --recall.", valueName: "n"))
  var beam: Int?

  @Flag(help: "Compare every vector, in place of walks.")
  var exact = false

  @Flag(help: "Say on standard error how the search went.")
  var explain = false

  @OptionGroup var model: CollectionModel
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (query == nil) != (vector == nil) else { throw ValidationError("give a question, or a vector by --vector") }
    if let query, !query.contains(where: { !$0.isWhitespace }) { throw ValidationError("the query is empty") }
    guard limit >= 1 else { throw ValidationError("--limit should be at least 1, found \(limit)") }
    guard (0.5...1).contains(recall) else { throw ValidationError("--recall should be 0.5 to 1, found \(recall)") }
    guard (1...100_000).contains(beam ?? 1) else {
      throw ValidationError("--beam should be 1 to 100000, found \(beam ?? 1)")
    }
    try WeightedFieldArgument.check(field)
    guard beam == nil || !exact else { throw ValidationError("--beam is for walks, not for --exact") }
  }

  /// The weights of the fields; `nil` where one field is searched as it is.
  private var weights: [String: Float]? {
    guard field.count > 1 || field.first?.weight != nil else { return nil }
    return Dictionary(field.map { ($0.name, $0.weight ?? 1) }) { first, _ in first }
  }

  private var effort: SearchEffort { exact ? .exact : beam.map(SearchEffort.beam) ?? .recall(recall) }

  func run() async throws {
    let result: SearchResult
    if let vector {
      let collection = try await DocumentCollection(
        at: URL(filePath: collection), mode: .readOnly, team: ComputeTeam(threads: model.threads))
      let vector = try QueryVector.read(vector)
      if let weights {
        result = try await collection.search(
          vector: vector, limit: limit, fields: weights, where: filter, effort: effort)
      } else {
        result = try await collection.search(
          vector: vector, limit: limit, field: field.first?.name, where: filter, effort: effort)
      }
    } else {
      let collection = try await model.open(collection, mode: .readOnly, quiet: output.quiet)
      if let weights {
        result = try await collection.search(
          query ?? "", limit: limit, fields: weights, where: filter, effort: effort)
      } else {
        result = try await collection.search(
          query ?? "", limit: limit, field: field.first?.name, where: filter, effort: effort)
      }
    }
    if explain { StandardError.write(result.plan + "\n") }
    if output.json {
      try StandardOutput.print(JSONValue.array(result.hits.map(\.json)).text(indented: true))
    } else {
      for hit in result.hits { try StandardOutput.print(hit.shown) }
      if result.hits.isEmpty, !output.quiet { StandardError.write("needletail: nothing found\n") }
    }
  }
}
