internal import NeedletailTokenizers

/// How a Unigram vocabulary is trained.
public struct UnigramTrainerOptions: Sendable, Hashable {
  /// How many tokens the vocabulary has in the end, special tokens included; fewer where the text has no more.
  public var vocabularySize = 8000
  /// Tokens that the model is given as they are; they get the first ids, in this order.
  public var specialTokens: [String] = []
  /// The token of text that no other covers; put first where it is none of the special tokens.
  public var unknownToken = "<unk>"
  /// Characters that get a token whether the text has them or not.
  public var initialAlphabet: [Unicode.Scalar] = []
  /// The share of the text's characters, by occurrence, that must have a token, the most frequent first; 0…1.
  ///
  /// Below 1 the rarest characters become the unknown token, or single bytes with ``fallsBackToBytes``.
  public var characterCoverage = 1.0
  /// Whether the vocabulary has 256 tokens of single bytes, for characters without a token.
  public var fallsBackToBytes = false
  /// The longest token, in scalars.
  public var maximumPieceLength = 16
  /// How many candidates the training starts from at most.
  public var seedSize = 1_000_000
  /// The share of the candidates that a round of pruning keeps; between 0 and 1.
  public var shrinkingFactor = 0.75
  /// How the pieces to drop are chosen.
  public var pruningLoss = PruningLoss.reference
  /// How many times probabilities are estimated anew before each round of pruning.
  public var estimationsPerRound = 2

  /// The settings of the reference library.
  public init() {}

  /// What losing a piece is taken to cost.
  ///
  /// Where a piece is replaced by others, the text has more tokens, and each becomes less probable.
  public enum PruningLoss: String, Sendable, CaseIterable {
    /// As the reference library counts: each occurrence as if it became as many tokens as there are candidates. Gives
    /// the same vocabulary as it does.
    case reference
    /// As the paper and SentencePiece count: each occurrence becomes the tokens that replace it. Texts become a little
    /// more probable, by 0.1 % with small vocabularies.
    case exact
  }

  /// - Throws: `TokenizerError` with code `.invalidTraining`.
  func check() throws(TokenizerError) {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(TokenizerError) {
      guard condition else { throw TokenizerError(.invalidTraining, message(), subject: "the training options") }
    }
    try require(
      (1...Self.maximumSize).contains(vocabularySize),
      "the vocabulary size should be 1 to \(Self.maximumSize), found \(vocabularySize)")
    try require(
      (1...Self.maximumSize).contains(seedSize), "the seed size should be 1 to \(Self.maximumSize), found \(seedSize)")
    try require(
      (1...Self.longestPiece).contains(maximumPieceLength),
      "the maximum piece length should be 1 to \(Self.longestPiece), found \(maximumPieceLength)")
    try require(
      shrinkingFactor > 0 && shrinkingFactor < 1,
      "the shrinking factor should lie between 0 and 1, found \(shrinkingFactor)")
    try require(
      characterCoverage >= 0 && characterCoverage <= 1,
      "the character coverage should lie between 0 and 1, found \(characterCoverage)")
    try require(
      (1...1000).contains(estimationsPerRound), "1 to 1000 estimations a round, found \(estimationsPerRound)")
    try require(!unknownToken.isEmpty, "the unknown token should not be empty")
    var seen: Set<[UInt8]> = []
    for token in specialTokens {
      try require(!token.isEmpty, "a special token should not be empty")
      try require(seen.insert(Array(token.utf8)).inserted, "the special token \"\(token)\" is named twice")
    }
  }

  private static let maximumSize = 10_000_000
  private static let longestPiece = 1000
}
