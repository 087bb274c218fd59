/// The stages of a tokenizer before its model: what a text is normalized to and where it is split.
///
/// Added tokens play no part: training sees them as the text that they are, as the reference library does it.
struct TextPipeline: Sendable {
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?

  /// Counts the pieces of texts.
  ///
  /// - Throws: `CancellationError`, and ``TokenizerError`` with code `.patternLimit`.
  func count(_ batch: TextBatch, into tally: inout WordTally) throws {
    var word: [UInt8] = []
    for index in 0..<batch.count {
      try Task.checkCancellation()
      var text = NormalizedText(batch.text(index))
      try normalizer?.apply(to: &text)
      var split = SplitText(text)
      try preTokenizer?.split(&split)
      for piece in split.pieces {
        word.removeAll(keepingCapacity: true)
        for scalar in split.text.scalars[piece] { word.appendUTF8(scalar) }
        tally.add(word, word.indices)
      }
    }
  }
}
