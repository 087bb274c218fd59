public import NeedletailTokenizers

/// What extending a vocabulary gave: the new file, and what each new token takes the place of.
///
/// The training side makes the embedding row of a new token the mean of the rows of the pieces that it replaces (Koto,
/// Lau and Baldwin 2021, IndoBERTweet, doi:10.18653/v1/2021.emnlp-main.833).
public struct VocabularyExtension: Sendable {
  /// One of the words that were asked for.
  public struct Entry: Sendable, Equatable {
    /// What became of a word; more may be added.
    public enum Outcome: String, Sendable {
      /// It is a new token of the model's vocabulary.
      case added
      /// It is a new added token, found before the model sees the text.
      case addedToken = "added_token"
      /// It was a token before.
      case existing
    }

    /// The word as it was given.
    public let word: String
    /// The token as the vocabulary has it: normalized, with the marks of the pre-tokenizer.
    public let token: String
    /// Its id, new or old.
    public let id: Int32
    /// What became of the word.
    public let outcome: Outcome
    /// The old tokens that the word was split into, in order.
    public let replaced: [Piece]
    /// How often the word stands in the corpus that it was chosen from.
    public let frequency: Int?
  }

  /// An old token.
  public struct Piece: Sendable, Equatable {
    /// The token as the vocabulary has it.
    public let token: String
    /// Its id.
    public let id: Int32
  }

  /// The text of the new `tokenizer.json`: the old one with the new tokens put in, all else as it was.
  public let tokenizerJSON: [UInt8]
  /// The tokenizer that the new file gives.
  public let tokenizer: Tokenizer
  /// One for each word, in the order in which they were given.
  public let entries: [Entry]
  /// How many ids the old vocabulary had, gaps included; new tokens have the ids from here on.
  public let oldSize: Int
  /// How many it has now.
  public var newSize: Int { tokenizer.vocabularySize }
}
