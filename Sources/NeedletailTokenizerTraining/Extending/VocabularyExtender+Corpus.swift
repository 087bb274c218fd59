internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension VocabularyExtender {
  /// The tokenizer with the most frequent words of a corpus that it splits, or does not know.
  ///
  /// A word is what the model gets to see at a time, if it is made of letters, marks, digits and underscores only (beside
  /// the mark of a space before it) and has a letter. Of equally frequent words the one with the smaller bytes comes first.
  /// This is how IndoBERTweet chooses its new types (Koto, Lau and Baldwin 2021, doi:10.18653/v1/2021.emnlp-main.833).
  ///
  /// - Parameters:
  ///   - texts: Read once.
  ///   - count: How many words are added at most.
  ///   - minimumFrequency: How often a word must stand in the texts.
  ///   - threads: How many batches of texts are worked on at a time; all processors by default.
  ///   - progress: Told how far the work is; what it throws ends it.
  /// - Throws: `TokenizerError` with code `.invalidTraining` where the tokenizer does not split texts into words, what
  ///   reading the texts throws, `CancellationError`.
  public func adding(
    frequentWordsOf texts: TrainingTexts, count: Int, minimumFrequency: Int = 2, threads: Int? = nil,
    progress: TrainingObserver? = nil
  ) async throws -> VocabularyExtension {
    guard try pieces(of: "a a").count > 1 else {
      throw TokenizerError(
        .invalidTraining, "the tokenizer does not split texts into words, so none can be counted; name them instead",
        subject: subject)
    }
    guard count > 0, minimumFrequency > 0 else {
      throw TokenizerError(
        .invalidTraining, "the number of words and their minimum frequency should be positive", subject: subject)
    }
    let pipeline = tokenizer.pipeline
    let counts = try await WordCounts.counting(
      texts, pipeline, threads: max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount), progress: progress)
    let order = counts.counts.indices.filter { counts.counts[$0] >= minimumFrequency }
      .sorted { (counts.counts[$1], $0) < (counts.counts[$0], $1) }
    let taken = Set(tokenizer.addedTokens.map { Array($0.content.utf8) })
    var words: [Word] = []
    for index in order where words.count < count {
      let piece = counts.word(index)
      guard isWord(piece, isByteLevel: pipeline.isByteLevel), tokenizer.vocabulary.id(Array(piece.utf8)) == nil,
        !taken.contains(Array(piece.utf8)),
        fits(piece)
      else { continue }
      words.append(Word(text: piece, piece: piece, frequency: counts.counts[index]))
    }
    return try adding(words)
  }

  /// Whether a piece is a word, perhaps with a mark of a space before it.
  private func isWord(_ piece: String, isByteLevel: Bool) -> Bool {
    var scalars = piece.unicodeScalars.map(\.value)
    if isByteLevel {
      var bytes: [UInt8] = []
      guard ByteCharacters.decode(Array(piece.utf8)[...], into: &bytes) else { return false }
      scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
    }
    if let first = scalars.first, first == 0x20 || first == 0x2581 { scalars.removeFirst() }
    return scalars.allSatisfy { ScalarProperties($0).isWord }
      && scalars.contains { !ScalarProperties($0).isNumeric && !ScalarProperties($0).isMark && $0 != 0x5F }
  }

  private func fits(_ piece: String) -> Bool {
    piece.unicodeScalars.count <= tokenizer.longestPiece ?? .max
  }
}
