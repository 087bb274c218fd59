import ArgumentParser
import Needletail
import NeedletailEmbedding
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How a collection's model is opened: as it was when the collection was created, unless these options say otherwise.
struct CollectionModel: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where the collection's model is now, if it has moved: a folder, or the name of one that was pulled. A search takes a \
      model that the collection was adapted to, too.
      """,
      valueName: "model"))
  var model: String?

  @Option(help: ArgumentHelp("About how many tokens a thread computes at a time.", valueName: "n"))
  var batchTokens: Int?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Threads that compute; all processors by default.", valueName: "n"))
  var threads: Int?

  func validate() throws { _ = try ModelOptions.parse(arguments) }

  private var arguments: [String] {
    var arguments: [String] = []
    if let model { arguments += ["--model", model] }
    if let batchTokens { arguments += ["--batch-tokens", "\(batchTokens)"] }
    if let threads { arguments += ["--threads", "\(threads)"] }
    return arguments
  }

  /// Opens a collection with its model, where it has one.
  func open(_ path: String, mode: DocumentCollection.Mode, quiet: Bool = false) async throws -> DocumentCollection {
    let url = URL(filePath: path)
    let collection = try await DocumentCollection(at: url, mode: mode, team: ComputeTeam(threads: threads))
    guard let opening = try await adaptedOpening(collection) ?? collection.settings.opening else { return collection }
    try await collection.close()
    let options: ModelOptions
    do {
      options = try ModelOptions.parse(try ModelOpening.arguments(of: opening) + arguments)
    } catch {
      throw RetrievalError(.malformed, path, "does not say how its model is opened; name it by --model", cause: error)
    }
    let opened = try await DocumentCollection(at: url, embedder: try await options.embedder(quiet: quiet), mode: mode)
    if let compensation = opened.compensation, !quiet {
      StandardError.warn("questions are mapped from another model than the collection's: \(compensation.shown)")
    }
    return opened
  }

  /// How a model that the collection was adapted to is opened, where `--model` names one.
  private func adaptedOpening(_ collection: DocumentCollection) async throws -> String? {
    guard let model else { return nil }
    let wanted = ModelOpening.absolute(model)
    return try await collection.statistics().compensations.lazy.compactMap(\.opening).first { opening in
      (try? ModelOpening.arguments(of: opening)).flatMap { try? ModelOptions.parse($0) }?.model == wanted
    }
  }
}

extension ModelOptions {
  /// These options as arguments, so that the same model is opened later and from elsewhere.
  var opening: String {
    var opening = ModelOpening()
    opening.model = ModelOpening.absolute(model)
    opening.precision = precision
    opening.adapters = adapter.map { "\(ModelOpening.absolute($0.choice.name))=\($0.choice.weight)" }
    (opening.prompt, opening.instruction) = (prompt, instruction)
    (opening.dimensions, opening.maximumLength) = (dimensions, maxLength)
    return opening.text
  }
}
