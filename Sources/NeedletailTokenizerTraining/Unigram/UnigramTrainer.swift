internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Trains the vocabulary of a Unigram model (Kudo 2018, doi:10.18653/v1/P18-1007).
///
/// Candidates are the repeated stretches of the words. Their probabilities are estimated by expectation maximization
/// with a sparse prior, and those whose loss costs the least are dropped, round by round, until the vocabulary has the
/// wanted size. The result is the same on any number of threads. It follows the reference library's trainer (PyPI
/// `tokenizers`), except that a vocabulary never becomes larger than asked for and never names a token twice, and that
/// characters too rare for a probability of their own are ordered; there their order changes from run to run.
///
///     let trainer = UnigramTrainer(options)
///     let model = try await trainer.train([("▁swift", 12), ("▁swallow", 7)])
public struct UnigramTrainer: Sendable {
  private let options: UnigramTrainerOptions
  private let threads: Int

  /// - Parameters:
  ///   - options: Sizes and special tokens.
  ///   - threads: How many threads work at most, at least 1; all processors by default. The result does not depend on it.
  public init(_ options: UnigramTrainerOptions = .init(), threads: Int? = nil) {
    self.options = options
    self.threads = max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Trains on words, each with how often it stands in the text.
  ///
  /// - Parameters:
  ///   - words: What the model sees one by one: normalized and pre-tokenized. A word that comes twice counts twice. The
  ///     order does not matter.
  ///   - progress: Told how many candidates are gone; what it throws ends the training.
  /// - Throws: `TokenizerError` with code `.invalidTraining` where the text is empty or too large, or the vocabulary
  ///   too small for the characters of the text; `CancellationError`.
  /// - Complexity: Near-linear in the total length of the different words, for each round; memory about 40 bytes a
  ///   scalar of them and 300 bytes a candidate.
  public func train(
    _ words: [(word: String, count: Int)], progress: TrainingObserver? = nil
  ) async throws -> TrainedUnigram {
    try options.check()
    return try await train(WordCorpus(words), progress: progress)
  }

  func train(_ corpus: WordCorpus, progress: TrainingObserver? = nil) async throws -> TrainedUnigram {
    let required = try requiredCharacters(corpus)
    try progress?(TrainingProgress(.seeding, done: 0, total: 1))
    var pieces = try UnigramSeeds(options).pieces(of: corpus)
    try Task.checkCancellation()
    let wanted = options.vocabularySize * 11 / 10
    let seeds = pieces.count
    while true {
      try progress?(TrainingProgress(.pruning, done: seeds - pieces.count, total: max(seeds - wanted, 0)))
      let trie = pieces.trie()
      let estimation = UnigramEstimation(corpus: corpus, trie: trie, threads: threads)
      for _ in 0..<options.estimationsPerRound { pieces = try await estimation.improved(pieces) }
      let kept = pieces.filtered { $0 == 0 || !pieces.isDropped($0) }
      if kept.count <= wanted {
        pieces = kept
        break
      }
      let pruning = UnigramPruning(corpus: corpus, pieces: kept, loss: options.pruningLoss, threads: threads)
      pieces = try await pruning.pruned(to: max(wanted, Int(Double(kept.count) * options.shrinkingFactor)))
      guard pieces.count < kept.count else { break }
    }
    return finished(pieces, required)
  }

  /// The characters that the vocabulary must have, in order.
  private func requiredCharacters(_ corpus: WordCorpus) throws(TokenizerError) -> [UInt32] {
    let counts = corpus.scalarCounts()
    var required = Set(options.initialAlphabet.map(\.value))
    let total = counts.reduce(0.0) { $0 + Double($1.count) }
    var covered = 0.0
    for (scalar, count) in counts.sorted(by: { ($1.count, $0.scalar) < ($0.count, $1.scalar) }) {
      guard options.characterCoverage == 1 || covered < options.characterCoverage * total else { break }
      covered += Double(count)
      required.insert(scalar)
    }
    let reserved = reservedTokens().tokens.count
    guard required.count + reserved <= options.vocabularySize else {
      throw TokenizerError(
        .invalidTraining,
        "a vocabulary of \(options.vocabularySize) tokens is too small for \(required.count) characters and "
          + "\(reserved) special tokens", subject: "the training options")
    }
    return required.sorted()
  }

  /// What comes before the trained pieces, and the id of the unknown token.
  private func reservedTokens() -> (tokens: [String], unknown: Int) {
    var tokens = options.specialTokens
    var unknown = tokens.firstIndex { $0.utf8.elementsEqual(options.unknownToken.utf8) }
    if unknown == nil {
      tokens.insert(options.unknownToken, at: 0)
      unknown = 0
    }
    if options.fallsBackToBytes { tokens += BytePieces.all.map { String(decoding: $0, as: UTF8.self) } }
    return (tokens, unknown ?? 0)
  }

  /// The wanted number of pieces: first all required characters, then the others in the order of pruning.
  private func finished(_ pieces: UnigramPieces, _ required: [UInt32]) -> TrainedUnigram {
    let (reserved, unknown) = reservedTokens()
    var seen = Set(reserved.map { Array($0.utf8) })
    var known: [[UInt8]: Double] = [:]
    for id in 1..<pieces.count { known[Array(pieces.bytes(id))] = pieces.scores[id] }
    let worst = pieces.worstScore
    var missing = 0.0
    var chosen: [(bytes: [UInt8], score: Double)] = []
    let room = options.vocabularySize - reserved.count
    for scalar in required {
      var bytes: [UInt8] = []
      bytes.appendUTF8(scalar)
      guard seen.insert(bytes).inserted else { continue }
      if let score = known[bytes] {
        chosen.append((bytes, score))
      } else {
        // Each a little better than the one before, so that no two are alike.
        chosen.append((bytes, worst + missing))
        missing += 0.0001
      }
    }
    for id in 1..<pieces.count where chosen.count < room {
      let bytes = Array(pieces.bytes(id))
      if seen.insert(bytes).inserted { chosen.append((bytes, pieces.scores[id])) }
    }
    let order = chosen.indices.sorted { (-chosen[$0].score, $0) < (-chosen[$1].score, $1) }
    return TrainedUnigram(
      pieces: reserved.map { ($0, 0) }
        + order.map { (String(decoding: chosen[$0].bytes, as: UTF8.self), chosen[$0].score) },
      unknownID: unknown, fallsBackToBytes: options.fallsBackToBytes)
  }
}

/// What a training of a Unigram model gives.
public struct TrainedUnigram: Sendable {
  /// The tokens by id, each with the logarithm of its probability; special ones have 0.
  public let pieces: [(token: String, score: Double)]
  /// The id of the unknown token.
  public let unknownID: Int
  /// Whether characters without a token are written byte by byte.
  public let fallsBackToBytes: Bool
}
