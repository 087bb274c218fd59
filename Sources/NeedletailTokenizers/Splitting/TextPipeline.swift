package import NeedletailJSON

/// The stages of a tokenizer before its model: what a text is normalized to and where it is split.
///
/// Added tokens play no part: training sees them as the text that they are, as the reference library does it.
package struct TextPipeline: Sendable {
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?

  init(normalizer: Normalizer?, preTokenizer: PreTokenizer?) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
  }

  /// Reads the stages that a `tokenizer.json` has; its decoder must be known, too.
  package init(reading root: JSON) throws {
    normalizer = try root.optional("normalizer").map(Normalizer.init(reading:))
    preTokenizer = try root.optional("pre_tokenizer").map(PreTokenizer.init(reading:))
    _ = try root.optional("decoder").map(Decoder.init(reading:))
  }

  /// Calls `body` with each piece of a text in UTF-8, in order.
  ///
  /// - Parameter piece: Room that is kept between calls.
  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  package func forEachPiece(
    of text: String, _ piece: inout [UInt8], _ body: (_ piece: [UInt8]) -> Void
  ) throws(TokenizerError) {
    let split = try split(text)
    for range in split.pieces {
      piece.removeAll(keepingCapacity: true)
      for scalar in split.text.scalars[range] { piece.appendUTF8(scalar) }
      body(piece)
    }
  }

  /// What the model gets to see of a text, piece by piece.
  package func pieces(of text: String) throws(TokenizerError) -> [String] {
    let split = try split(text)
    return split.pieces.map { split.text.string($0) }
  }

  private func split(_ text: String) throws(TokenizerError) -> SplitText {
    var normalized = NormalizedText(text)
    try normalizer?.apply(to: &normalized)
    var split = SplitText(normalized)
    try preTokenizer?.split(&split)
    return split
  }
}

extension TextPipeline {
  /// Whether texts reach the model as the characters of their bytes.
  package var isByteLevel: Bool { preTokenizer?.spellsBytes ?? false || normalizer?.spellsBytes ?? false }
}

extension PreTokenizer {
  /// Whether a stage writes bytes as characters.
  fileprivate var spellsBytes: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let stages): stages.contains { $0.spellsBytes }
    default: false
    }
  }
}

extension Normalizer {
  /// Whether a stage writes bytes as characters.
  fileprivate var spellsBytes: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let stages): stages.contains { $0.spellsBytes }
    default: false
    }
  }
}
