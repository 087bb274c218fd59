internal import NeedletailJSON
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Adds words to the vocabulary of an existing tokenizer, at its end: no token changes its id.
///
/// A WordPiece, WordLevel or Unigram model gets the words in its own vocabulary. So does a BPE model that keeps whole
/// pieces (`ignore_merges`), or that can be told to without a change for any other piece: where the merges make every
/// token of its vocabulary from its characters. Other BPE models get added tokens, which are cut out of the text before
/// the model sees it: a merge chain would also change words that only contain the new one. Added tokens whose ids come
/// after the vocabulary are written into it, because readers of the file would count them anew.
///
/// Texts in which no new word stands, not even inside another word, keep their tokens. A new Unigram token is only just
/// more probable than the pieces that it replaces.
///
///     let extender = try VocabularyExtender(contentsOf: URL(filePath: "model/tokenizer.json"))
///     let extended = try extender.adding(["photovoltaic", "electrolyser"])
///     for entry in extended.entries { print(entry.token, entry.id, entry.replaced.map(\.token)) }
public struct VocabularyExtender: Sendable {
  /// What is done with a word that the pipeline splits before the model sees it, such as "New York".
  public enum SplitWords: Sendable {
    /// It is an error that names the word.
    case refused
    /// It becomes an added token that is found where no letter or digit touches it, in normalized text.
    case becomeAddedTokens
  }

  /// A word with what the model gets to see of it.
  struct Word {
    let text: String
    let piece: String
    var frequency: Int?
  }

  /// The tokenizer as it is.
  public let tokenizer: Tokenizer
  let bytes: [UInt8]
  let document: JSONDocument
  let subject: String

  /// - Parameter file: A `tokenizer.json`.
  public init(contentsOf file: URL) throws(TokenizerError) {
    try self.init(tokenizerJSON: try Tokenizer.read(file), subject: file.relativePath)
  }

  /// - Parameters:
  ///   - bytes: The text of a `tokenizer.json`.
  ///   - subject: What errors name.
  public init(tokenizerJSON bytes: [UInt8], subject: String) throws(TokenizerError) {
    tokenizer = try Tokenizer(tokenizerJSON: bytes, subject: subject)
    self.bytes = bytes
    self.subject = subject
    do { document = try JSONDocument(parsing: bytes, subject: subject) } catch {
      throw TokenizerError(.malformed, error.message, subject: subject, cause: error)
    }
  }

  /// The tokenizer with these words.
  ///
  /// - Parameters:
  ///   - words: Each as it stands in a text; with a space before it where a byte-level tokenizer should know it inside a
  ///     text. They are normalized as texts are.
  ///   - splitWords: What is done with those that are more than one piece.
  /// - Throws: `TokenizerError` with code `.invalidTraining` naming a word that cannot become a token.
  /// - Complexity: O(vocabulary + words).
  public func adding(_ words: [String], splitWords: SplitWords = .refused) throws(TokenizerError) -> VocabularyExtension
  {
    var whole: [Word] = []
    for word in words {
      let pieces = try pieces(of: word)
      if pieces.isEmpty { throw problem(word, "nothing is left of it after normalization") }
      if pieces.count == 1, try keepsWordsApart || isUnigram {
        whole.append(Word(text: word, piece: pieces[0]))
        continue
      }
      if splitWords == .refused {
        throw problem(
          word,
          pieces.count == 1
            ? "the tokenizer does not split texts into words, so it could be an added token only"
            : "it is split into \(pieces.map { "\"\($0)\"" }.joined(separator: ", ")) before the model sees it")
      }
      whole.append(Word(text: word, piece: ""))
    }
    return try adding(whole)
  }

  func problem(_ word: String, _ message: String) -> TokenizerError {
    TokenizerError(
      .invalidTraining, "the word \"\(word.prefix(80))\" cannot become a token: \(message)", subject: subject)
  }

  /// What the model gets to see of a text.
  func pieces(of text: String) throws(TokenizerError) -> [String] {
    try tokenizer.pipeline.pieces(of: text)
  }

  private var isUnigram: Bool { tokenizer.unigram != nil }

  /// Whether two words are never one piece.
  private var keepsWordsApart: Bool { get throws(TokenizerError) { try pieces(of: "a a").count > 1 } }

  func adding(_ words: [Word]) throws(TokenizerError) -> VocabularyExtension {
    let vocabulary = tokenizer.vocabulary
    var plan = ExtensionPlan(nextID: tokenizer.vocabularySize)
    let usesVocabulary = try takesWholePieces
    for word in words {
      let old = try oldTokens(word)
      let replaced = old.map { VocabularyExtension.Piece(token: tokenizer.token(forID: $0) ?? "", id: $0) }
      let token = word.piece.isEmpty || !usesVocabulary ? word.text : word.piece
      var known = vocabulary.id(Array(token.utf8)).map { Int32(truncatingIfNeeded: $0) } ?? plan.ids[Array(token.utf8)]
      if let added = tokenizer.addedTokens.first(where: { $0.content.utf8.elementsEqual(token.utf8) }) {
        known = added.id
      }
      if old.count == 1, old != unknown { known = old[0] }
      let outcome: VocabularyExtension.Entry.Outcome
      if known != nil {
        outcome = .existing
      } else if !word.piece.isEmpty && usesVocabulary {
        outcome = .added
      } else {
        outcome = .addedToken
      }
      plan.add(word, token, known, outcome, replaced)
    }
    let edited = try edited(&plan)
    let new = try Tokenizer(tokenizerJSON: edited, subject: "the extended \(subject)")
    let entries = plan.entries
    for (entry, word) in zip(entries, words) where entry.outcome != .existing {
      let ids = entry.outcome == .added ? try new.ids(ofPiece: word.piece) : try new.ids(of: word.text)
      guard ids == [entry.id] else {
        throw problem(
          entry.word, "it would still be \(ids.map { new.token(forID: $0) ?? "?" }.joined(separator: ", "))")
      }
    }
    return VocabularyExtension(
      tokenizerJSON: edited, tokenizer: new, entries: entries, oldSize: tokenizer.vocabularySize)
  }

  /// The tokens that a word has now.
  private func oldTokens(_ word: Word) throws(TokenizerError) -> [Int32] {
    word.piece.isEmpty ? try tokenizer.ids(of: word.text) : try tokenizer.ids(ofPiece: word.piece)
  }

  /// What a piece becomes that the model does not know at all.
  private var unknown: [Int32] { tokenizer.unknown.map { [$0] } ?? [] }

  /// Whether a new token of the model's vocabulary is found wherever it is a whole piece, and all other pieces stay as
  /// they are.
  private var takesWholePieces: Bool {
    get throws(TokenizerError) {
      guard tokenizer.keepsWholePieces == false else { return true }
      return try mergesMakeAllTokens
    }
  }

  /// Whether every token that can be a piece of its own is then that one token.
  private var mergesMakeAllTokens: Bool {
    get throws(TokenizerError) {
      let added = Set(tokenizer.addedTokens.map(\.id))
      for id in 0..<tokenizer.vocabulary.limit {
        let number = Int32(truncatingIfNeeded: id)
        guard let bytes = tokenizer.vocabulary.bytes(id), !added.contains(number), try !isUnseenByte(bytes) else {
          continue
        }
        if try tokenizer.ids(ofPiece: String(decoding: bytes, as: UTF8.self)) != [number] { return false }
      }
      return true
    }
  }

  /// Whether a token stands for a byte, and its name is never a piece.
  private func isUnseenByte(_ token: ArraySlice<UInt8>) throws(TokenizerError) -> Bool {
    guard BytePieces.byte(of: token) != nil else { return false }
    let name = String(decoding: token, as: UTF8.self)
    return try !pieces(of: name + " " + name).contains(name)
  }
}

/// The new tokens and their ids, as they are collected.
struct ExtensionPlan {
  private(set) var nextID: Int
  private(set) var entries: [VocabularyExtension.Entry] = []
  /// The ids of new tokens.
  private(set) var ids: [[UInt8]: Int32] = [:]

  init(nextID: Int) { self.nextID = nextID }

  mutating func add(
    _ word: VocabularyExtender.Word, _ token: String, _ known: Int32?, _ outcome: VocabularyExtension.Entry.Outcome,
    _ replaced: [VocabularyExtension.Piece]
  ) {
    if known == nil {
      ids[Array(token.utf8)] = Int32(truncatingIfNeeded: nextID)
      nextID += 1
    }
    entries.append(
      .init(
        word: word.text, token: token, id: known ?? Int32(truncatingIfNeeded: nextID - 1), outcome: outcome,
        replaced: replaced, frequency: word.frequency))
  }

  /// New tokens of the vocabulary come first, so that added ones can follow without gaps.
  mutating func numberAddedTokensLast(from first: Int) {
    let order =
      entries.indices.filter { entries[$0].outcome == .added }
      + entries.indices.filter { entries[$0].outcome == .addedToken }
    for (offset, index) in order.enumerated() {
      ids[Array(entries[index].token.utf8)] = Int32(truncatingIfNeeded: first + offset)
    }
    entries = entries.map { entry in
      .init(
        word: entry.word, token: entry.token, id: ids[Array(entry.token.utf8)] ?? entry.id, outcome: entry.outcome,
        replaced: entry.replaced, frequency: entry.frequency)
    }
  }
}
