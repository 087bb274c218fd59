internal import NeedletailJSON
internal import NeedletailModels

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the Transformer module of a folder says beside its `config.json`: how texts are cut and whether they are
/// lower-cased.
struct SentenceSettings: Sendable {
  /// Tokens of a text, special ones included; never more than the encoder takes.
  let maximumLength: Int
  /// Whether the tokenizer lower-cases first.
  let lowercases: Bool

  /// What the module takes from the model that it loads.
  enum Task: Sendable {
    /// The last states of the encoder.
    case states
    /// The vector of a text in the space that it shares with pictures.
    case textFeatures
    /// The logits of its masked-language head.
    case logits
    /// Scores of pairs.
    case scores
    /// The logits of the words that may follow.
    case nextWord

    /// What sentence-transformers calls the task.
    var name: String {
      switch self {
      case .states, .textFeatures: "feature-extraction"
      case .logits: "fill-mask"
      case .scores: "sequence-classification"
      case .nextWord: "text-generation"
      }
    }
    /// What of the model is called.
    var method: String { self == .textFeatures ? "get_text_features" : "forward" }
    /// What transformers calls the result.
    var output: String {
      switch self {
      case .states: "last_hidden_state"
      case .textFeatures: "pooler_output"
      default: "logits"
      }
    }
    /// What sentence-transformers calls it.
    var feature: String {
      switch self {
      case .states, .logits: "token_embeddings"
      case .textFeatures: "sentence_embedding"
      case .scores: "scores"
      case .nextWord: "causal_logits"
      }
    }
  }

  /// The names that the file has had; the first that exists is read.
  private static let names = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]
    .map { "sentence_\($0)_config.json" }
  /// Keys of `processor_kwargs` that say where files come from, not what they mean.
  private static let loading: Set = ["local_files_only", "revision", "subfolder", "token", "cache_dir", "use_fast"]

  /// - Parameters:
  ///   - configuration: How long a text may be for the encoder, and how long it is unless the folder asks for more.
  ///   - task: What the module must take from the model at its place.
  ///   - usual: What it takes where it does not say so.
  ///   - hasRoles: Whether limits and expansions of queries and documents are somebody else's to read; else they are
  ///     refused.
  init(
    _ folder: ModelFolder, _ configuration: TransformerConfiguration, task: Task = .states, usual: Task = .states,
    hasRoles: Bool = false
  ) throws(EmbeddingError) {
    let name = Self.names.first(where: folder.has) ?? Self.names[0]
    do {
      let json = try folder.json(name)
      if let json { try Self.refuseUnknown(json, task, usual, hasRoles: hasRoles) }
      lowercases = try json?.boolean("do_lower_case", default: false) ?? false
      let usual = configuration.usualLength
      maximumLength = try min(
        Self.statedLength(json) ?? min(Self.tokenizerLength(folder) ?? usual, usual), configuration.maximumLength)
    } catch let error as EmbeddingError { throw error } catch {
      let isUnsupported = (error as? JSONError)?.code == .outOfRange
      throw EmbeddingError(isUnsupported ? .unsupported : .malformed, error, subject: folder.file(name).path)
    }
  }

  /// The settings file of a Transformer module, or `nil` where it has none.
  static func json(_ folder: ModelFolder) throws(EmbeddingError) -> (json: JSON, file: URL)? {
    guard let name = names.first(where: folder.has), let json = try folder.json(name) else { return nil }
    return (json, folder.file(name))
  }

  /// `model_max_length` of `processor_kwargs` wins, then `max_seq_length`.
  private static func statedLength(_ json: JSON?) throws -> Int? {
    for key in ["processor_kwargs", "tokenizer_args"] {
      if let options = json?.optional(key), options.optional("model_max_length") != nil {
        return try options.integer("model_max_length", in: 1...Int(Int32.max))
      }
    }
    guard let json, json.optional("max_seq_length") != nil else { return nil }
    return try json.integer("max_seq_length", in: 1...Int(Int32.max))
  }

  /// The tokenizer's own `model_max_length`.
  static func tokenizerLength(_ folder: ModelFolder) throws(EmbeddingError) -> Int? {
    // Tokenizers without a limit of their own say 10³⁰.
    guard let value = try folder.json("tokenizer_config.json")?.optional("model_max_length") else { return nil }
    guard let length = value.double, length >= 1 else {
      throw EmbeddingError(
        .malformed, value.error(.wrongType, "\"model_max_length\" should be a positive number"),
        subject: folder.file("tokenizer_config.json").path)
    }
    return length < Double(Int32.max) ? Int(length) : nil
  }

  /// Options that would change the result and are not built.
  private static func refuseUnknown(_ json: JSON, _ task: Task, _ usual: Task, hasRoles: Bool) throws {
    for (key, known, usual) in [
      ("transformer_task", task.name, usual.name), ("module_output_name", task.feature, task.feature),
    ] {
      let name = try json.string(key, default: usual)
      guard name == known else {
        throw json.error(.outOfRange, "\(key) \"\(name)\" is not supported, only \"\(known)\"")
      }
    }
    for key in ["query_expansion", "query_length", "document_length"] where !hasRoles {
      if let value = json.optional(key) { throw value.error(.outOfRange, "\(key) is not supported") }
    }
    if let modalities = json.optional("modality_config") {
      guard let text = modalities.optional("text") else {
        let names = modalities.members.map { String(decoding: $0.key, as: UTF8.self) }
        throw modalities.error(
          .outOfRange, "the module reads \(names.joined(separator: ", ")); only modules that read text are supported")
      }
      for (key, known) in [("method", task.method), ("method_output_name", task.output)] {
        // Releases of transformers that give the vector alone have no name for it.
        if key == "method_output_name", task == .textFeatures, text.optional(key) == nil { continue }
        let name = try text.string(key, default: known)
        guard name == known else {
          throw text.error(.outOfRange, "\(key) \"\(name)\" is not supported, only \"\(known)\"")
        }
      }
    }
    try refuseProcessing(json)
    for key in ["processor_kwargs", "tokenizer_args"] {
      guard let options = json.optional(key) else { continue }
      for (name, value) in options.members {
        let name = String(decoding: name, as: UTF8.self)
        guard name == "model_max_length" || loading.contains(name) || value.isNull else {
          throw value.error(.outOfRange, "\(key) has \"\(name)\", which is not supported")
        }
      }
    }
  }

  /// Refuses options of a text's processing, but for those that say what holds anyway.
  ///
  /// What is said for pictures and sounds changes no text, and what is said for chat templates is read by those who have
  /// one.
  private static func refuseProcessing(_ json: JSON) throws(JSONError) {
    for part in ["text", "common"] {
      for (name, value) in json.optional("processing_kwargs")?.optional(part)?.members.map({ ($0.key, $0.value) }) ?? []
      {
        let name = String(decoding: name, as: UTF8.self)
        let isHarmless =
          value.isNull || ["padding", "return_tensors", "logits_to_keep", "pad_to_multiple_of"].contains(name)
          || name == "truncation" && cutsLongest(value) || name == "padding_side" && value.string == "left"
        guard isHarmless else {
          throw value.error(.outOfRange, "processing_kwargs has \"\(name)\", which is not supported")
        }
      }
    }
  }

  /// Whether a setting of `truncation` says what holds anyway.
  static func cutsLongest(_ value: JSON) -> Bool { value.boolean == true || value.string == "longest_first" }
}
