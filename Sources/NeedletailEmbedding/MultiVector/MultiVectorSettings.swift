internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a multi-vector folder says beside its modules: limits by role, expansion of queries, markers, skipped tokens.
///
/// Three layouts say it: sentence-transformers 6, PyLate before that, and colbert-ai.
struct MultiVectorSettings: Sendable {
  enum Layout: Sendable {
    case sentenceTransformers
    /// A plain Transformer and a Dense module; masking and normalisation go without saying.
    case pyLate
    /// No modules; the product beside the encoder's weights, settings in `artifact.metadata`.
    case colBERT
  }

  let layout: Layout
  private(set) var queryLength: Int?
  private(set) var documentLength: Int?
  private(set) var expansion: QueryExpansion?
  /// What is put before queries and documents, and has to be one token where the vocabulary knows it.
  private(set) var markers: [String: String] = [:]
  /// Words whose tokens get no vector in documents; `nil` where the folder leaves it to the layout's habit.
  private(set) var skippedWords: [String]?

  /// The punctuation of ASCII, which the first releases of ColBERT skip.
  static let punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".map(String.init)

  /// - Parameter root: The folder of the Transformer module.
  init(_ folder: ModelFolder, root: ModelFolder) throws(EmbeddingError) {
    var subject = folder.file(ModelFolder.settings)
    do {
      let type = try folder.modelType()
      let top = try folder.json(ModelFolder.settings)
      if type == nil, !folder.has("modules.json") {
        layout = .colBERT
        subject = folder.file("artifact.metadata")
        try readArtifact(folder)
        return
      }
      guard type == "MultiVectorEncoder" || type == "ColBERT" else {
        throw EmbeddingError(
          .unsupported, subject.path, "model_type \"\(type ?? "SentenceTransformer")\" gives one vector a text")
      }
      layout = type == "ColBERT" ? .pyLate : .sentenceTransformers
      if let top { try readPyLate(top) }
      guard let (json, file) = try SentenceSettings.json(root) else { return }
      subject = file
      // What the module says wins, also where it says that there is none.
      if json["query_length"] != nil { queryLength = try Self.length(json, "query_length") }
      if json["document_length"] != nil { documentLength = try Self.length(json, "document_length") }
      if json["query_expansion"] != nil {
        expansion = try json.optional("query_expansion").map { json throws(JSONError) in try QueryExpansion(json) }
      }
      if let queryLength, let expansion, queryLength < expansion.length {
        throw json.error(
          .outOfRange, "query_length \(queryLength) is less than the length \(expansion.length) of query_expansion")
      }
    } catch let error as EmbeddingError { throw error } catch {
      let isUnsupported = (error as? JSONError)?.code == .outOfRange
      throw EmbeddingError(isUnsupported ? .unsupported : .malformed, error, subject: subject.path)
    }
  }

  /// The keys that PyLate puts beside the prompts.
  private mutating func readPyLate(_ json: JSON) throws {
    for (key, name) in [("query_prefix", "query"), ("document_prefix", "document")] where json[key] != nil {
      markers[name] = json.optional(key) == nil ? "" : try json.string(key)
    }
    queryLength = try Self.length(json, "query_length")
    documentLength = try Self.length(json, "document_length")
    if json.optional("skiplist_words") != nil {
      skippedWords = try json.value("skiplist_words").expect(.array, "skiplist_words").elements.compactMap(\.string)
    }
    if json["query_expansion"] != nil {
      expansion = try json.optional("query_expansion").map { json throws(JSONError) in try QueryExpansion(json) }
      return
    }
    let keys = [
      "query_length", "document_length", "do_query_expansion", "attend_to_expansion_tokens", "attend_to_mask_tokens",
      "query_prefix", "document_prefix", "skiplist_words",
    ]
    guard keys.contains(where: { json[$0] != nil }) else { return }
    guard try json.boolean("do_query_expansion", default: true) else { return }
    let key = json["attend_to_expansion_tokens"] != nil ? "attend_to_expansion_tokens" : "attend_to_mask_tokens"
    expansion = QueryExpansion(length: queryLength ?? 32, isAttended: try json.boolean(key, default: false))
    queryLength = nil
  }

  /// The settings of colbert-ai, with its habits where the file is missing.
  private mutating func readArtifact(_ folder: ModelFolder) throws {
    guard let config = try folder.json("config.json"),
      config.optional("architectures")?.elements.contains(where: { $0.string == "HF_ColBERT" }) == true
    else {
      throw EmbeddingError(
        .unsupported, folder.url.path,
        "has no modules.json, and the architecture of its config.json is not HF_ColBERT: is it a multi-vector model?")
    }
    let json = try folder.json("artifact.metadata")
    func marker(_ key: String, _ usual: String) throws -> String {
      (json?.optional(key) == nil ? usual : try json?.string(key) ?? usual) + " "
    }
    markers = ["query": try marker("query_token_id", "[unused0]"), "document": try marker("doc_token_id", "[unused1]")]
    documentLength = try json.flatMap { json throws in try Self.length(json, "doc_maxlen") }
    expansion = QueryExpansion(
      length: try json.flatMap { json throws in try Self.length(json, "query_maxlen") } ?? 32,
      isAttended: try json?.boolean("attend_to_mask_tokens", default: false) ?? false)
    skippedWords = try json?.boolean("mask_punctuation", default: true) ?? true ? Self.punctuation : []
  }

  private static func length(_ json: JSON, _ key: String) throws(JSONError) -> Int? {
    json.optional(key) == nil ? nil : try json.integer(key, in: 1...Int(Int32.max))
  }
}
