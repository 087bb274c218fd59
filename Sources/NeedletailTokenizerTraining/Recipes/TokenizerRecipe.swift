internal import NeedletailJSON
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What a tokenizer that is to be trained will be like: a `tokenizer.json` in which the vocabulary is still missing.
///
/// Normalizer, pre-tokenizer, post-processor, decoder, the kind of the model and its options, and the special tokens are
/// given; training puts the vocabulary in. An existing tokenizer is a recipe, too: its vocabulary is left out, and of its
/// added tokens the special ones are kept (of a Unigram model all), as transformers' `train_new_from_iterator` does it.
///
///     let recipe = try TokenizerRecipe(.bert).lowercasing()
///     let same = try TokenizerRecipe(contentsOf: URL(filePath: "model/tokenizer.json"))
public struct TokenizerRecipe: Sendable {
  /// The kinds of models that can be trained.
  enum Kind: String, Sendable {
    case bpe = "BPE"
    case wordPiece = "WordPiece"
    case wordLevel = "WordLevel"
    case unigram = "Unigram"
  }

  let kind: Kind
  /// The options of the model as the file has them: all but the vocabulary and the merges.
  let model: [(key: String, value: JSONValue)]
  /// The stages as the file has them.
  private(set) var normalizer: JSONValue
  let preTokenizer: JSONValue
  let postProcessor: JSONValue
  let decoder: JSONValue
  /// The special tokens, in the order of their ids; the ids themselves come with the training.
  private(set) var specialTokens: [AddedToken]
  /// What a `tokenizer_config.json` says beside it: which special token has which part.
  let configuration: [(key: String, value: JSONValue)]
  /// The unknown token of a Unigram model, which its file names by an id.
  let unigramUnknown: String?
  /// What is done to texts before the model sees them.
  private(set) var pipeline: TextPipeline
  /// What errors name.
  let subject: String

  /// The name of the kind of model, as a `tokenizer.json` has it: `BPE`, `WordPiece` and so on.
  public var modelType: String { kind.rawValue }

  /// The contents of the special tokens, in the order of their ids.
  public var specialTokenContents: [String] { specialTokens.map(\.content) }

  /// Reads the text of a `tokenizer.json`, with or without a vocabulary.
  ///
  /// - Parameters:
  ///   - bytes: The whole file. A member `tokenizer_config`, which presets have, is what is written beside it.
  ///   - subject: What errors name.
  /// - Throws: `TokenizerError` naming the component, the kind of model or its option that is not known or not right.
  public init(tokenizerJSON bytes: [UInt8], subject: String) throws(TokenizerError) {
    try self.init(tokenizerJSON: bytes, configuration: nil, subject: subject)
  }

  /// Reads a `tokenizer.json`, with or without a vocabulary, and the `tokenizer_config.json` beside it, if there is one.
  public init(contentsOf file: URL) throws(TokenizerError) {
    let beside = file.deletingLastPathComponent().appending(path: "tokenizer_config.json")
    let configuration =
      FileManager.default.fileExists(atPath: beside.path) ? try Tokenizer.read(beside) : nil
    try self.init(
      tokenizerJSON: try Tokenizer.read(file), configuration: configuration, subject: file.relativePath)
  }

  private init(tokenizerJSON bytes: [UInt8], configuration: [UInt8]?, subject: String) throws(TokenizerError) {
    do {
      let root = try JSONDocument(parsing: bytes, subject: subject).root.expect(.object, "a tokenizer")
      let config = try configuration.map { try JSONDocument(parsing: $0, subject: "tokenizer_config.json").root }
      try self.init(reading: root, config ?? root.optional("tokenizer_config"), subject: subject)
    } catch {
      throw TokenizerError(reading: error, subject: subject)
    }
  }

  private init(reading root: JSON, _ configuration: JSON?, subject: String) throws {
    let model = try root.value("model")
    let type = try model.componentType("\"model\"")
    guard let kind = Kind(rawValue: type) else {
      throw model.problem(.unsupported, "the model \"\(type)\" cannot be trained")
    }
    try Tokenizer.checkModelOptions(model)
    func copy(_ key: String) -> JSONValue { root.optional(key).map(JSONValue.init(copying:)) ?? .null }
    self.kind = kind
    self.model = model.members.compactMap { member in
      let key = String(decoding: member.key, as: UTF8.self)
      return ["vocab", "merges"].contains(key) ? nil : (key, JSONValue(copying: member.value))
    }
    pipeline = try TextPipeline(reading: root)
    normalizer = copy("normalizer")
    preTokenizer = copy("pre_tokenizer")
    postProcessor = copy("post_processor")
    decoder = copy("decoder")
    specialTokens = try AddedToken.recipeList(root.optional("added_tokens"))
      .filter { kind == .unigram || $0.isSpecial }
    for index in specialTokens.indices { specialTokens[index].isSpecial = true }
    self.configuration = configuration.map(Self.kept) ?? []
    unigramUnknown = kind == .unigram ? Self.unknown(model, self.configuration) : nil
    self.subject = subject
  }

  /// The unknown token of a Unigram model: the one of its vocabulary, else the one of the configuration.
  private static func unknown(_ model: JSON, _ configuration: [(key: String, value: JSONValue)]) -> String? {
    if let id = model["unk_id"]?.integer, let vocabulary = model["vocab"] {
      for (index, entry) in vocabulary.elements.enumerated() where index == id {
        var parts = entry.elements
        return parts.next()?.string
      }
    }
    for member in configuration where member.key == "unk_token" {
      if case .string(let token) = member.value { return token }
    }
    return nil
  }

  /// The members of a `tokenizer_config.json` that hold for another vocabulary, too.
  private static func kept(_ configuration: JSON) -> [(key: String, value: JSONValue)] {
    let others = ["model_max_length", "padding_side", "truncation_side", "clean_up_tokenization_spaces"]
    return configuration.members.compactMap { member in
      let key = String(decoding: member.key, as: UTF8.self)
      if others.contains(key) { return (key, JSONValue(copying: member.value)) }
      guard key.hasSuffix("_token"), let token = member.value.string ?? member.value["content"]?.string else {
        return nil
      }
      return (key, .string(token))
    }
  }

  /// A copy whose special tokens go on with these; those that it has already stay where they are.
  public func adding(specialTokens contents: [String]) -> TokenizerRecipe {
    var copy = self
    for content in contents
    where !copy.specialTokens.contains(where: { $0.content.utf8.elementsEqual(content.utf8) }) {
      copy.specialTokens.append(AddedToken(content: content, id: -1))
    }
    return copy
  }

  /// A copy that makes all letters lowercase before anything else; a BertNormalizer does it itself, and drops accents
  /// unless it says otherwise.
  ///
  /// - Throws: `TokenizerError` where the normalizer cannot be changed.
  public func lowercasing() throws(TokenizerError) -> TokenizerRecipe {
    var copy = self
    switch normalizer {
    case .object(let members)
    where members.contains(where: { $0.key == "type" && $0.value.text() == #""BertNormalizer""# }):
      copy.normalizer = .object(members.map { $0.key == "lowercase" ? ($0.key, .boolean(true)) : $0 })
    case .null: copy.normalizer = .object(["type": .string("Lowercase")])
    default:
      copy.normalizer = .object([
        "type": .string("Sequence"),
        "normalizers": .array([.object(["type": .string("Lowercase")]), normalizer]),
      ])
    }
    do {
      let stages = JSONValue.object(["normalizer": copy.normalizer, "pre_tokenizer": preTokenizer])
      copy.pipeline = try TextPipeline(reading: JSONDocument(parsing: stages.text(), subject: subject).root)
    } catch {
      throw TokenizerError(.unsupported, "the normalizer cannot be made to lowercase", subject: subject, cause: error)
    }
    return copy
  }

  /// Whether texts reach the model as the characters of their bytes.
  var isByteLevel: Bool { pipeline.isByteLevel }

  /// A string among the options of the model; `nil` where it is absent or `null`.
  func modelString(_ key: String) -> String? {
    for member in model where member.key == key { if case .string(let value) = member.value { return value } }
    return nil
  }

  /// Whether an option of the model is `true`.
  func modelFlag(_ key: String) -> Bool {
    for member in model where member.key == key { if case .boolean(let value) = member.value { return value } }
    return false
  }
}

extension AddedToken {
  /// The added tokens of a recipe, which need no ids, in the order of those that they have.
  fileprivate static func recipeList(_ json: JSON?) throws -> [AddedToken] {
    guard let json else { return [] }
    var tokens: [AddedToken] = []
    for entry in try json.expect(.array, "\"added_tokens\"").elements {
      tokens.append(try AddedToken(reading: entry, needsID: false))
    }
    // A stable order: the file's, which is that of the ids where all are there.
    return tokens.enumerated().sorted { ($0.element.id, $0.offset) < ($1.element.id, $1.offset) }.map(\.element)
  }
}
