internal import NeedletailJSON
public import NeedletailTokenizers

/// A tokenizer that was trained, as the files of a model folder and ready for use.
public struct TrainedTokenizer: Sendable {
  /// The text of its `tokenizer.json`, which the reference library (PyPI `tokenizers`) reads, too.
  public let tokenizerJSON: [UInt8]
  /// The text of the `tokenizer_config.json` beside it, with which transformers' AutoTokenizer opens the folder.
  public let configurationJSON: [UInt8]
  /// The tokenizer itself, read from ``tokenizerJSON``.
  public let tokenizer: Tokenizer
  /// How many merges a BPE or WordPiece training made; 0 for other kinds.
  public let mergeCount: Int
  /// How many texts were read.
  public let textCount: Int
  /// How many different words they had.
  public let wordCount: Int

  /// Writes the files and reads them again.
  ///
  /// - Parameters:
  ///   - parts: The members of the model that training made.
  ///   - size: How many tokens the model's vocabulary has.
  ///   - id: The id of a token in it.
  init(
    _ recipe: TokenizerRecipe, model parts: [(key: String, value: JSONValue)], size: Int, mergeCount: Int,
    _ counts: WordCounts, id: (String) -> Int?
  ) throws(TokenizerError) {
    tokenizerJSON = try recipe.written(model: parts, size: size, id: id)
    let tokenizer = try Tokenizer(tokenizerJSON: tokenizerJSON, subject: "the trained tokenizer")
    configurationJSON = recipe.writtenConfiguration { tokenizer.id(forToken: $0) != nil }
    self.tokenizer = tokenizer
    self.mergeCount = mergeCount
    textCount = counts.textCount
    wordCount = counts.count
  }
}
