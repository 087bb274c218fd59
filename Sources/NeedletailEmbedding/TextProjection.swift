internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What takes the states of CLIP's tower for texts to a vector of the space that texts and pictures share: the state of
/// the token that ends a text, through a product without a bias.
///
/// Radford and others 2021, arXiv:2103.00020.
struct TextProjection: Sendable {
  let endToken: EndToken
  let dense: Dense

  /// Whether a module gives such vectors.
  ///
  /// - Parameters:
  ///   - entry: The module.
  ///   - root: Its folder.
  ///   - isPlain: Whether it is a folder of transformers alone: then the model itself says what it gives.
  static func isGiven(by entry: ModuleEntry, in root: ModelFolder, isPlain: Bool) throws -> Bool {
    if entry.kind == .clip { return true }
    if isPlain {
      guard let json = try root.json("config.json") else { return false }
      return json.optional("model_type")?.string == "clip"
        || json.optional("architectures")?.elements.first(where: { _ in true })?.string == "CLIPTextModelWithProjection"
    }
    let text = try SentenceSettings.json(root)?.json.optional("modality_config")?.optional("text")
    return text?.optional("method")?.string == SentenceSettings.Task.textFeatures.method
  }

  /// What is assumed about a folder of transformers alone that gives such vectors.
  static func assumption(_ folder: ModelFolder) -> String {
    "\(folder.url.path) has no modules.json: using the projection of texts without normalisation"
  }

  /// Reads the product and the token's id.
  ///
  /// - Parameters:
  ///   - folder: Where `config.json` and the weights are.
  ///   - hiddenSize: Features of a state.
  init(_ folder: ModelFolder, hiddenSize: Int, kernels: Kernels) throws {
    let subject = folder.file("config.json").path
    guard let json = try folder.json("config.json") else {
      throw EmbeddingError(.unreadable, subject, "the model's configuration is missing")
    }
    let type = try json.string("model_type")
    guard ["clip", "clip_text_model"].contains(type) else {
      throw EmbeddingError(.unsupported, subject, "a \(type) model has no projection of texts that is known")
    }
    do {
      let text = type == "clip" ? try json.value("text_config").expect(.object, "text_config") : json
      endToken = EndToken(
        configured: Int32(try text.integer("eos_token_id", in: 0...Int(Int32.max), default: 49_407)))
      let outputs = try json.integer("projection_dim", in: 1...1_048_576, default: 512)
      let weight = try folder.weights().floats(
        "text_projection.weight", shape: [outputs, hiddenSize], kernels: kernels)
      dense = Dense(Linear(weight: weight, bias: nil, kernels: kernels))
    } catch let error as TensorError {
      throw EmbeddingError(error.code == .missing ? .unreadable : .malformed, error.subject, error.message)
    } catch { throw EmbeddingError(.malformed, error, subject: subject) }
  }
}
