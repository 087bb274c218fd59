internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the Transformer module of a folder says beside its `config.json`: how texts are cut and whether they are
/// lower-cased.
struct SentenceSettings: Sendable {
  /// Tokens of a text, special ones included; never more than the encoder has positions.
  let maximumLength: Int
  /// Whether the tokenizer lower-cases first.
  let lowercases: Bool

  /// The names that the file has had; the first that exists is read.
  private static let names = ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]
    .map { "sentence_\($0)_config.json" }
  /// Keys of `processor_kwargs` that say where files come from, not what they mean.
  private static let loading: Set = ["local_files_only", "revision", "subfolder", "token", "cache_dir", "use_fast"]

  /// What the module is for, by the names of sentence-transformers.
  struct Task {
    let name: String
    let output: String
    /// What the transformer gives.
    let method: String

    /// States of tokens.
    static let embedding = Task(name: "feature-extraction", output: "token_embeddings", method: "last_hidden_state")
    /// Scores of pairs.
    static let scoring = Task(name: "sequence-classification", output: "scores", method: "logits")
  }

  /// - Parameters:
  ///   - limit: Positions that the encoder has.
  ///   - task: What the folder has to be for.
  init(_ folder: ModelFolder, limit: Int, task: Task = .embedding) throws(EmbeddingError) {
    let name = Self.names.first(where: folder.has) ?? Self.names[0]
    do {
      let json = try folder.json(name)
      if let json { try Self.refuseUnknown(json, task) }
      lowercases = try json?.boolean("do_lower_case", default: false) ?? false
      maximumLength = min(limit, try Self.statedLength(json, folder) ?? limit)
    } catch let error as EmbeddingError { throw error } catch {
      let isUnsupported = (error as? JSONError)?.code == .outOfRange
      throw EmbeddingError(isUnsupported ? .unsupported : .malformed, error, subject: folder.file(name).path)
    }
  }

  /// `model_max_length` of `processor_kwargs` wins, then `max_seq_length`, then the tokenizer's `model_max_length`.
  private static func statedLength(_ json: JSON?, _ folder: ModelFolder) throws -> Int? {
    for key in ["processor_kwargs", "tokenizer_args"] {
      if let options = json?.optional(key), options.optional("model_max_length") != nil {
        return try options.integer("model_max_length", in: 1...Int(Int32.max))
      }
    }
    if let json, json.optional("max_seq_length") != nil {
      return try json.integer("max_seq_length", in: 1...Int(Int32.max))
    }
    // Tokenizers without a limit of their own say 10³⁰.
    guard let value = try folder.json("tokenizer_config.json")?.optional("model_max_length") else { return nil }
    guard let length = value.double, length >= 1 else {
      throw value.error(.wrongType, "\"model_max_length\" should be a positive number")
    }
    return length < Double(Int32.max) ? Int(length) : nil
  }

  /// Options that would change the result and are not built.
  private static func refuseUnknown(_ json: JSON, _ task: Task) throws {
    for (key, known) in [("transformer_task", task.name), ("module_output_name", task.output)] {
      let name = try json.string(key, default: known)
      guard name == known else {
        throw json.error(.outOfRange, "\(key) \"\(name)\" is not supported, only \"\(known)\"")
      }
    }
    if let expansion = json.optional("query_expansion") {
      throw expansion.error(.outOfRange, "query_expansion is not supported")
    }
    if let text = json.optional("modality_config")?.optional("text") {
      let output = try text.string("method_output_name", default: task.method)
      guard output == task.method else {
        throw text.error(.outOfRange, "method_output_name \"\(output)\" is not supported, only \"\(task.method)\"")
      }
    }
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
}
