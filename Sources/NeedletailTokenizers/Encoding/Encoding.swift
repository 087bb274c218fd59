/// Everything about the tokens of one text, or of a pair of texts.
public struct Encoding: Sendable, Equatable {
  /// Vocabulary ids.
  public internal(set) var ids: [Int32] = []
  /// The tokens as strings.
  public internal(set) var tokens: [String] = []
  /// The Unicode scalars of the original text that each token covers; empty for special tokens.
  public internal(set) var offsets: [Range<Int>] = []
  /// The word of its text that each token belongs to, counted from 0; `nil` for special tokens.
  public internal(set) var wordIDs: [Int?] = []
  /// The segment of each token.
  public internal(set) var typeIDs: [Int32] = []
  /// Whether the post-processor, or padding, added the token.
  public internal(set) var specialTokensMask: [Bool] = []
  /// Whether a model should look at the token: all but padding.
  public internal(set) var attentionMask: [Bool] = []
  /// What truncation cut off, in parts as long as the text itself.
  ///
  /// Of a pair where both texts were cut, every part of
  /// one meets every part of the other. The reference library nests these lists a second time; this one does not.
  public internal(set) var overflowing: [Encoding] = []

  /// Nothing yet.
  init() {}

  /// One text with its special tokens, nothing cut off.
  init(whole sequence: SequenceTokens, typeIDs: [Int32], specialTokensMask: [Bool]) {
    ids = sequence.ids
    tokens = sequence.tokens
    offsets = sequence.offsets
    wordIDs = sequence.words
    self.typeIDs = typeIDs
    self.specialTokensMask = specialTokensMask
    attentionMask = Array(repeating: true, count: ids.count)
  }

  mutating func append(_ sequence: SequenceTokens, _ window: Range<Int>, typeID: Int32) {
    ids += sequence.ids[window]
    tokens += sequence.tokens[window]
    offsets += sequence.offsets[window]
    wordIDs += sequence.words[window]
    typeIDs += repeatElement(typeID, count: window.count)
    specialTokensMask += repeatElement(false, count: window.count)
    attentionMask += repeatElement(true, count: window.count)
  }

  mutating func append(special: PostProcessor.Special, typeID: Int32) {
    ids += special.ids
    tokens += special.tokens
    offsets += repeatElement(0..<0, count: special.ids.count)
    wordIDs += repeatElement(nil, count: special.ids.count)
    typeIDs += repeatElement(typeID, count: special.ids.count)
    specialTokensMask += repeatElement(true, count: special.ids.count)
    attentionMask += repeatElement(true, count: special.ids.count)
  }
}
