internal import NeedletailJSON

/// What a tokenizer is made of, for people and programs that look at it.
public struct TokenizerSummary: Sendable {
  /// A token that is looked for in the text itself.
  public struct Added: Sendable {
    /// What is looked for.
    public let content: String
    /// Its id.
    public let id: Int32
    /// The flags that are set, as a `tokenizer.json` calls them.
    public let flags: [String]
  }

  /// The kind of model: `WordPiece`, `WordLevel`, `BPE` or `Unigram`.
  public let model: String
  /// The stages in the order in which a text passes them, each as "normalizer: Lowercase".
  public let stages: [String]
  /// One more than the largest id.
  public let vocabularySize: Int
  /// How many tokens the model has; added tokens may be among them.
  public let modelTokens: Int
  /// The unknown token.
  public let unknown: String?
  /// Whether characters without a token are written byte by byte.
  public let fallsBackToBytes: Bool
  /// The added tokens by id.
  public let added: [Added]
  /// What stands around one text, as in "[CLS] A [SEP]".
  public let single: String
  /// What stands around and between a pair.
  public let pair: String
  /// Settings of the file that encoding ignores: `truncation` and `padding`, each as JSON.
  public let ignored: [(name: String, value: String)]
  /// How many tokens have each length in scalars; the last entry counts all that are longer.
  ///
  /// Marks of the vocabulary such as `##` and `▁` count; of byte-level tokens the text that they stand for counts.
  public let lengths: [Int]
  /// How many tokens have a letter of each script, the largest first; one token can count for several.
  public let scripts: [(name: String, count: Int)]
  /// How many tokens the model does not make of their own text, so that they hardly occur; `nil` where that depends on
  /// what stands around a token.
  public let unreached: Int?

  private static let longestCounted = 16

  /// - Parameters:
  ///   - tokenizer: The tokenizer.
  ///   - source: The text of its `tokenizer.json`, where it has one: names of stages and ignored settings are taken from
  ///     it.
  /// - Throws: ``TokenizerError`` where `source` is no JSON.
  /// - Complexity: O(vocabulary).
  public init(_ tokenizer: Tokenizer, source: [UInt8]? = nil) throws(TokenizerError) {
    let vocabulary = tokenizer.model.vocabulary
    var root: JSON?
    if let source {
      do { root = try JSONDocument(parsing: source, subject: "tokenizer.json").root } catch {
        throw TokenizerError(.malformed, error.message, subject: error.subject, cause: error)
      }
    }
    vocabularySize = tokenizer.vocabularySize
    modelTokens = vocabulary.count
    model = tokenizer.model.name
    fallsBackToBytes = tokenizer.model.fallsBackToBytes
    unknown = tokenizer.model.unknown.flatMap { tokenizer.token(forID: $0) }
    stages = Self.stages(tokenizer, root, self.model)
    added = tokenizer.added.tokens.sorted { $0.id < $1.id }.map { token in
      let flags: [(String, Bool)] = [
        ("special", token.isSpecial), ("single_word", token.isSingleWord), ("lstrip", token.stripsLeft),
        ("rstrip", token.stripsRight), ("normalized", token.isNormalized),
      ]
      return Added(content: token.content, id: token.id, flags: flags.filter(\.1).map(\.0))
    }
    single = Self.frame(tokenizer.postProcessor, isPair: false)
    pair = Self.frame(tokenizer.postProcessor, isPair: true)
    ignored = ["truncation", "padding"].compactMap { name in
      root?.optional(name).map { (name, JSONValue(copying: $0).text()) }
    }
    let isByteLevel = tokenizer.pipeline.isByteLevel
    var lengths = [Int](repeating: 0, count: Self.longestCounted + 2)
    var scripts: [String: Int] = [:]
    for id in 0..<vocabulary.limit {
      guard let bytes = vocabulary.bytes(id) else { continue }
      var text = Array(bytes)
      if isByteLevel {
        text.removeAll()
        if !ByteCharacters.decode(bytes, into: &text) { text = Array(bytes) }
      }
      let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
      lengths[min(scalars.count, Self.longestCounted + 1)] += 1
      for script in Set(scalars.compactMap({ ScriptNames.name($0.value) })) { scripts[script, default: 0] += 1 }
    }
    self.lengths = lengths
    self.scripts = scripts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    unreached = try Self.unreached(tokenizer)
  }

  private static func frame(_ processor: PostProcessor, isPair: Bool) -> String {
    processor.pieces(isPair: isPair, addsSpecialTokens: true).map { piece in
      switch piece {
      case .special(let special, _): special.tokens.joined(separator: " ")
      case .sequence(let index, _, _): index == 0 ? "A" : "B"
      }
    }.joined(separator: " ")
  }

  /// How many tokens are not one token as a piece of their own.
  private static func unreached(_ tokenizer: Tokenizer) throws(TokenizerError) -> Int? {
    switch tokenizer.model {
    case .wordPiece, .wordLevel, .pieces, .bidirectional, .bytes, .scalars: return nil
    case .bpe(let model): guard model.options.prefix.isEmpty, model.options.suffix.isEmpty else { return nil }
    case .unigram: break
    }
    var count = 0
    for id in 0..<tokenizer.model.vocabulary.limit {
      guard let token = tokenizer.model.vocabulary.token(id),
        tokenizer.added.token(Int32(truncatingIfNeeded: id)) == nil,
        BytePieces.byte(of: Array(token.utf8)) == nil
      else { continue }
      if try tokenizer.ids(ofPiece: token) != [Int32(truncatingIfNeeded: id)] { count += 1 }
    }
    return count
  }

  private static func stages(_ tokenizer: Tokenizer, _ root: JSON?, _ model: String) -> [String] {
    guard let root else {
      let parts: [(String, Any?)] = [
        ("normalizer", tokenizer.normalizer), ("pre-tokenizer", tokenizer.preTokenizer), ("decoder", tokenizer.decoder),
      ]
      var stages = parts.compactMap { name, value in value.map { "\(name): \(caseName($0))" } }
      stages.insert("model: \(model)", at: max(stages.count - 1, 0))
      return stages
    }
    let parts = [
      ("normalizer", "normalizer"), ("pre-tokenizer", "pre_tokenizer"), ("model", "model"),
      ("post-processor", "post_processor"), ("decoder", "decoder"),
    ]
    return parts.flatMap { name, key in
      root.optional(key).map { json in
        key == "model" ? ["model: \(model)"] : types(json).map { "\(name): \($0)" }
      } ?? []
    }
  }

  /// The names of a component and of those it is a sequence of.
  private static func types(_ json: JSON) -> [String] {
    for key in ["normalizers", "pretokenizers", "processors", "decoders"] {
      if let stages = json.optional(key) { return stages.elements.flatMap(types) }
    }
    return [json["type"]?.string ?? "?"]
  }

  private static func caseName(_ value: Any) -> String {
    Mirror(reflecting: value).children.first?.label ?? "\(value)"
  }
}
