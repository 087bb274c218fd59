internal import NeedletailJSON
public import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Trains the vocabulary of a tokenizer on texts.
///
/// Texts are normalized and split as the recipe says, the pieces are counted, and the vocabulary is made of the counts.
/// Byte pair encoding, WordPiece and WordLevel give the same tokens, ids and merges as the trainers of the reference
/// library (PyPI `tokenizers`) do on the same texts with the same settings; where its result differs from run to run,
/// this one is one of its results. The result is the same bytes for any number of threads and any order of the texts.
///
///     let trainer = try TokenizerTrainer(TokenizerRecipe(.byteLevel), options: .init(vocabularySize: 8000))
///     let trained = try await trainer.train(on: TrainingTexts(files: [corpus]))
///     let ids = try trained.tokenizer.encode("A swift in flight").ids
public struct TokenizerTrainer: Sendable {
  /// What can be chosen.
  public struct Options: Sendable, Hashable {
    /// How many tokens the vocabulary has at most, special ones included; more only where special tokens and alphabet
    /// alone are more.
    public var vocabularySize = 30_000
    /// How often a pair (of WordLevel: a word) must be seen to become a token; 0 and 1 ask for nothing.
    public var minimumFrequency = 0
    /// Special tokens beside those of the recipe; they follow them.
    public var specialTokens: [String] = []
    /// The most characters that get a token, the rarest being left out.
    ///
    /// `nil` for all; not for WordLevel.
    public var alphabetLimit: Int?
    /// Characters that get a token whether they are seen or not.
    ///
    /// By default the 256 characters of the bytes where the recipe is byte-level, else none. Not for WordLevel.
    public var initialAlphabet: [Unicode.Scalar]?
    /// New pairs that would span as many characters, or more, are left alone.
    ///
    /// Two characters may always be joined. `nil` for no limit; BPE only.
    public var maximumTokenLength: Int?
    /// How candidates are chosen and dropped, for Unigram only.
    ///
    /// Its vocabulary size, special tokens and alphabet are those
    /// named above; unknown token and byte fallback are the recipe's.
    public var unigram = UnigramTrainerOptions()
    /// How many batches of texts are worked on at a time; all processors by default.
    public var threads: Int?

    /// The defaults of the reference library.
    public init(vocabularySize: Int = 30_000, minimumFrequency: Int = 0, specialTokens: [String] = []) {
      self.vocabularySize = vocabularySize
      self.minimumFrequency = minimumFrequency
      self.specialTokens = specialTokens
    }
  }

  /// What the tokenizer will be like.
  public let recipe: TokenizerRecipe
  /// What was chosen.
  public let options: Options

  /// The largest size that can be asked for: ids have 31 bits.
  private static let largestSize = Int(Int32.max) - 1

  /// Checks the options.
  ///
  /// - Throws: `TokenizerError` with code `.invalidTraining` naming the option.
  public init(_ recipe: TokenizerRecipe, options: Options = .init()) throws(TokenizerError) {
    func check(_ isRight: Bool, _ message: @autoclosure () -> String) throws(TokenizerError) {
      guard isRight else { throw TokenizerError(.invalidTraining, message(), subject: recipe.subject) }
    }
    let all = recipe.adding(specialTokens: options.specialTokens)
    try check(
      (0...Self.largestSize).contains(options.vocabularySize),
      "the vocabulary size should be from 0 to \(Self.largestSize), found \(options.vocabularySize)")
    try check(
      options.minimumFrequency >= 0,
      "the minimum frequency should not be negative, found \(options.minimumFrequency)")
    try check(
      options.alphabetLimit.map { $0 >= 0 } ?? true, "the limit of the alphabet should not be negative")
    try check(
      options.maximumTokenLength.map { $0 >= 0 } ?? true, "the maximum length of tokens should not be negative")
    try check(options.threads.map { $0 > 0 } ?? true, "the number of threads should be at least 1")
    try check(!all.specialTokenContents.contains(""), "a special token should not be empty")
    try check(
      recipe.kind != .wordLevel || (options.alphabetLimit == nil && options.initialAlphabet == nil),
      "a WordLevel vocabulary is made of words: it has no alphabet to choose")
    try check(
      recipe.kind == .bpe || options.maximumTokenLength == nil,
      "the length of tokens can be limited for BPE only, not for \(recipe.modelType)")
    if recipe.kind == .unigram {
      try check(
        options.minimumFrequency < 2 && options.alphabetLimit == nil,
        "a Unigram vocabulary knows neither a minimum frequency nor a limit of the alphabet but a character coverage")
      try options.unigram.check()
    }
    if let unknown = all.modelString("unk_token"), unknown.unicodeScalars.count != 1 {
      try check(
        all.specialTokenContents.contains { $0.utf8.elementsEqual(unknown.utf8) },
        "the unknown token \"\(unknown)\" of the model is none of the special tokens; add it to them")
    }
    try check(
      recipe.kind != .wordLevel || options.vocabularySize >= all.specialTokenContents.count,
      "a vocabulary of \(options.vocabularySize) has no room for \(all.specialTokenContents.count) special tokens")
    self.recipe = all
    self.options = options
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - texts: Read once. The whole of each is normalized and split; special tokens in them are text like any other.
  ///   - progress: Told how far the work is; what it throws ends it.
  /// - Throws: `TokenizerError` with code `.invalidTraining` where the texts hold no words, or what reading them throws;
  ///   `CancellationError` soon after the task is cancelled.
  /// - Complexity: O(text) for counting, in memory of O(different words); then about O(characters of different words ·
  ///   log(pairs)).
  public func train(on texts: TrainingTexts, progress: TrainingObserver? = nil) async throws -> TrainedTokenizer {
    let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let counts = try await WordCounts.counting(texts, recipe.pipeline, threads: threads, progress: progress)
    guard counts.count > 0 else {
      throw TokenizerError(
        .invalidTraining,
        counts.textCount == 0 ? "there are no texts to train on" : "the \(counts.textCount) texts hold no words",
        subject: "the training texts")
    }
    let first = recipe.specialTokenContents.map { Array($0.utf8) }
    switch recipe.kind {
    case .bpe, .wordPiece:
      var trainer = PairTrainer(pairSettings(first))
      return try finished(trainer.train(counts, progress: progress), counts)
    case .wordLevel:
      let tokens = WordLevelTraining.tokens(
        counts, size: options.vocabularySize, minimumFrequency: options.minimumFrequency, special: first)
      return try finished(PairTrainer.Result(tokens: tokens, merges: []), counts)
    case .unigram:
      let trainer = UnigramTrainer(unigramOptions, threads: threads)
      return try finished(try await trainer.train(WordCorpus(counts), progress: progress), counts)
    }
  }

  private func pairSettings(_ first: [[UInt8]]) -> PairTrainer.Settings {
    var settings = PairTrainer.Settings()
    settings.vocabularySize = options.vocabularySize
    settings.minimumFrequency = options.minimumFrequency
    settings.firstTokens = first
    if recipe.kind == .bpe, recipe.modelFlag("byte_fallback") { settings.firstTokens += BytePieces.all }
    settings.alphabetLimit = options.alphabetLimit
    settings.initialAlphabet =
      options.initialAlphabet.map { Set($0.map(\.value)) } ?? (recipe.isByteLevel ? Set(ByteCharacters.scalars) : [])
    settings.prefix = Array((recipe.modelString("continuing_subword_prefix") ?? defaultPrefix).utf8)
    settings.suffix = Array((recipe.modelString("end_of_word_suffix") ?? "").utf8)
    settings.spanLimit = options.maximumTokenLength
    return settings
  }

  private var unigramOptions: UnigramTrainerOptions {
    var unigram = options.unigram
    unigram.vocabularySize = options.vocabularySize
    unigram.specialTokens = recipe.specialTokenContents
    unigram.unknownToken = recipe.unigramUnknown ?? unigram.unknownToken
    unigram.initialAlphabet = options.initialAlphabet ?? []
    unigram.fallsBackToBytes = recipe.modelFlag("byte_fallback")
    return unigram
  }

  /// Puts the pieces of a Unigram model into the recipe.
  private func finished(_ model: TrainedUnigram, _ counts: WordCounts) throws(TokenizerError) -> TrainedTokenizer {
    var ids: [[UInt8]: Int] = [:]
    for (id, piece) in model.pieces.enumerated() { ids[Array(piece.token.utf8)] = id }
    let parts: [(key: String, value: JSONValue)] = [
      ("unk_id", .integer(model.unknownID)),
      ("vocab", .array(model.pieces.map { .array([.string($0.token), .double($0.score)]) })),
    ]
    return try TrainedTokenizer(recipe, model: parts, size: model.pieces.count, mergeCount: 0, counts) {
      ids[Array($0.utf8)]
    }
  }

  private var defaultPrefix: String { recipe.kind == .wordPiece ? "##" : "" }

  /// Puts tokens and merges into the recipe.
  private func finished(_ result: PairTrainer.Result, _ counts: WordCounts) throws(TokenizerError) -> TrainedTokenizer {
    func string(_ id: some BinaryInteger) -> JSONValue {
      .string(String(decoding: result.tokens[Int(id)], as: UTF8.self))
    }
    var ids: [[UInt8]: Int] = [:]
    for (id, token) in result.tokens.enumerated() { ids[token] = id }
    var parts: [(key: String, value: JSONValue)] = [
      (
        "vocab",
        .object(result.tokens.enumerated().map { (String(decoding: $0.element, as: UTF8.self), .integer($0.offset)) })
      )
    ]
    if recipe.kind == .bpe {
      parts.append(("merges", .array(result.merges.map { .array([string($0.left), string($0.right)]) })))
    }
    return try TrainedTokenizer(
      recipe, model: parts, size: result.tokens.count, mergeCount: result.merges.count, counts
    ) { ids[Array($0.utf8)] }
  }
}
