import ArgumentParser
import Needletail
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
      options = try ModelOptions.parse(try Self.arguments(of: opening) + arguments)
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
    let wanted = ModelOptions.absolute(model)
    return try await collection.statistics().compensations.lazy.compactMap(\.opening).first { opening in
      (try? Self.arguments(of: opening)).flatMap { try? ModelOptions.parse($0) }?.model == wanted
    }
  }

  private static func arguments(of opening: String) throws -> [String] {
    try JSONDocument(parsing: opening).root.elements.compactMap(\.string)
  }
}

extension ModelOptions {
  /// These options as arguments, so that the same model is opened later and from elsewhere: what changes no vector is
  /// left out, and folders are absolute.
  var opening: String {
    var arguments = ["--model", Self.absolute(model), "--precision", precision.rawValue]
    for choice in adapter.map(\.choice) {
      arguments += ["--adapter", "\(Self.absolute(choice.name))=\(choice.weight)"]
    }
    if let prompt { arguments += ["--prompt", prompt] }
    if let instruction { arguments += ["--instruction", instruction] }
    if let dimensions { arguments += ["--dimensions", "\(dimensions)"] }
    if let maxLength { arguments += ["--max-length", "\(maxLength)"] }
    return JSONValue.array(arguments.map { .string($0) }).text()
  }

  /// The path from the root where there is a folder; a name as it is.
  static func absolute(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path) ? URL(filePath: path).standardizedFileURL.path : path
  }
}
