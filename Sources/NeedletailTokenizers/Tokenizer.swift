/// Turns text into vocabulary ids and back, as the `tokenizer.json` or `vocab.txt` of a model folder says.
///
/// A text passes five stages: added tokens are cut out, the rest is normalized, split into pieces, each piece becomes
/// tokens by the model, and special tokens are put around. The result equals the reference library's (PyPI
/// `tokenizers`), except that baked-in truncation and padding are ignored: ``EncodingOptions`` decides.
///
///     let tokenizer = try Tokenizer(contentsOf: URL(filePath: "model/tokenizer.json"))
///     let encoding = try tokenizer.encode("A swift in flight")
public struct Tokenizer: Sendable {
  let added: AddedTokens
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let model: TokenModel
  let postProcessor: PostProcessor
  let decoder: Decoder
  /// The same in one pass, where there is such a way.
  let fastWay: FastWay
  /// What the models look up quickly.
  let quick: QuickModel
  /// One more than the largest id: the number of rows that an embedding table needs.
  public let vocabularySize: Int

  init(
    added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel,
    postProcessor: PostProcessor, decoder: Decoder
  ) {
    self.added = added
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.postProcessor = postProcessor
    self.decoder = decoder
    fastWay = FastWay(added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model)
    quick = QuickModel(model)
    vocabularySize = added.tokens.reduce(model.limit) { max($0, Int($1.id) + 1) }
  }

  /// The token of an id, or `nil` where there is none.
  public func token(forID id: Int32) -> String? {
    added.token(id)?.content ?? model.token(Int(id))
  }

  /// The id of a token, compared byte by byte, or `nil` where there is none.
  public func id(forToken token: String) -> Int32? {
    if let token = added.tokens.first(where: { $0.content.utf8.elementsEqual(token.utf8) }) { return token.id }
    return model.id(Array(token.utf8)).map { Int32(truncatingIfNeeded: $0) }
  }

  /// Whether this is an id of a special token.
  public func isSpecial(_ id: Int32) -> Bool { added.token(id)?.isSpecial ?? false }

  /// Whether this is the id that stands for whatever the vocabulary lacks.
  public func isUnknown(_ id: Int32) -> Bool { model.unknown == id }

  /// Text from ids; ids without a token are passed over, as the reference library does it.
  ///
  /// - Throws: ``TokenizerError`` with code `.patternLimit` where a regular expression of the decoder takes too long.
  public func decode(_ ids: [Int32], skippingSpecialTokens: Bool = true) throws(TokenizerError) -> String {
    var tokens: [ArraySlice<UInt8>] = []
    for id in ids {
      if let token = added.spelling(id) {
        if !(skippingSpecialTokens && token.isLeftOut) { tokens.append(token.bytes[...]) }
      } else if let bytes = model.bytes(Int(id)) {
        tokens.append(bytes)
      }
    }
    return try decoder.text(tokens)
  }
}

// MARK: CustomStringConvertible, CustomReflectable
extension Tokenizer: CustomStringConvertible, CustomReflectable {
  /// The kind of model and the number of ids, in one line.
  public var description: String { "Tokenizer(\(model.name), \(vocabularySize) ids)" }

  /// The same: whoever prints a tokenizer does not want its vocabulary.
  public var customMirror: Mirror { Mirror(self, children: ["model": model.name, "vocabularySize": vocabularySize]) }
}
