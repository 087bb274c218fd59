internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension PairModel {
  private static let settings = "config_sentence_transformers.json"

  /// Reads a folder that `CrossEncoder.save` wrote, or a sequence classifier of transformers.
  init(
    _ folder: ModelFolder, _ configuration: CrossEncoderConfiguration, kernels: Kernels, team: ComputeTeam
  ) async throws {
    try Self.refuseOtherModels(folder)
    let root = try Self.transformer(folder)
    let file = root.file("config.json").path
    guard let json = try root.json("config.json") else {
      throw EmbeddingError(.unreadable, file, "the model's configuration is missing")
    }
    let sizes = try TransformerConfiguration(json, subject: file)
    let task = try HeadConfiguration(json, of: sizes, task: .sequenceClassification, subject: file)
    scoreFunction =
      try configuration.scoreFunction ?? Self.scoreFunction(folder, json, file, labels: task.labels.count)
    prompts = try Prompts(folder, hasRoles: false)
    let settings = try SentenceSettings(root, limit: sizes.maximumLength, task: .scores, usual: .scores)
    maximumLength = settings.maximumLength
    truncationSide = try root.truncationSide()
    hasSegments = try root.namesSegments()
    tokenizer = try root.tokenizer(lowercasing: settings.lowercases, rows: sizes.vocabularySize)
    let store = try root.weights()
    head = try TransformerHead(configuration: task, store: store, kernels: kernels)
    encoder = try await Transformer(
      configuration: sizes, store: store, kernels: kernels, precision: configuration.precision, team: team)
  }

  /// Models of vectors have folders of the same layout and no scores.
  private static func refuseOtherModels(_ folder: ModelFolder) throws(EmbeddingError) {
    guard let json = try folder.json(settings) else { return }
    let type: String
    do { type = try json.string("model_type", default: "CrossEncoder") } catch {
      throw EmbeddingError(.malformed, error, subject: folder.file(settings).path)
    }
    guard type == "CrossEncoder" else {
      throw EmbeddingError(
        .unsupported, folder.file(settings).path, "model_type \"\(type)\" scores no pairs, only \"CrossEncoder\" does")
    }
  }

  /// The folder of the only module.
  private static func transformer(_ folder: ModelFolder) throws(EmbeddingError) -> ModelFolder {
    guard folder.has("modules.json") else { return folder }
    let entries = try ModuleList(folder).entries
    guard let first = entries.first, first.kind == .transformer else {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path, "the first module of a cross-encoder should be Transformer")
    }
    if let other = entries.dropFirst().first {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path,
        "a \(other.kind.rawValue) module is not supported in a cross-encoder, only its Transformer")
    }
    return try folder.module(first.path)
  }

  /// The function that the folder names; where it names none, a sigmoid for one label and nothing for several.
  private static func scoreFunction(
    _ folder: ModelFolder, _ json: JSON, _ file: String, labels: Int
  ) throws(EmbeddingError) -> ScoreFunction {
    let saved = try folder.json(settings)
    do throws(JSONError) {
      for (place, key) in [
        (saved, "activation_fn"), (json.optional("sentence_transformers"), "activation_fn"),
        (json, "sbert_ce_default_activation_function"),
      ] {
        guard let place, let value = place.optional(key) else { continue }
        let name = try place.string(key)
        guard let function = ScoreFunction(classPath: name) else {
          throw value.error(.outOfRange, "\(key) \"\(name)\" is not supported")
        }
        return function
      }
    } catch {
      throw EmbeddingError(error.code == .outOfRange ? .unsupported : .malformed, error, subject: file)
    }
    return labels == 1 ? .sigmoid : .identity
  }
}

extension ModelFolder {
  /// Whether the tokenizer gives segments to its model; one that lists what it gives may leave them out.
  fileprivate func namesSegments() throws(EmbeddingError) -> Bool {
    guard let names = try json("tokenizer_config.json")?.optional("model_input_names") else { return true }
    do {
      return try names.expect(.array, "model_input_names").elements.contains { $0.string == "token_type_ids" }
    } catch { throw EmbeddingError(.malformed, error, subject: file("tokenizer_config.json").path) }
  }
}
