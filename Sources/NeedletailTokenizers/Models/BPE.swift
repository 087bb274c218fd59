/// Byte pair encoding (Sennrich, Haddow and Birch 2016, doi:10.18653/v1/P16-1162): the characters of a piece are merged
/// pair by pair, in the order of a list of merges.
struct BPE: Sendable {
  /// What the file says beside vocabulary and merges.
  struct Options: Sendable {
    /// What becomes of characters without a token; without it they vanish.
    var unknown: Int32?
    /// An unknown token that the file names but the vocabulary has not: meeting it is an error.
    var missingUnknown: String?
    /// Whether neighbouring unknown characters are one token.
    var fusesUnknown = false
    /// Whether a piece that is a token stays whole whatever the merges say.
    var ignoresMerges = false
    /// The chance of a merge to be left out, from 0 to 1, when a seed asks for it.
    var dropout: Float = 0
    /// The tokens of the single bytes `<0x00>` to `<0xFF>`, tried before the unknown token; -1 where there is none.
    var byteTokens: [Int32]?
    /// What characters after the first begin with in the vocabulary.
    var prefix: [UInt8] = []
    /// What the last character of a piece ends with in the vocabulary.
    var suffix: [UInt8] = []
  }

  let vocabulary: Vocabulary
  let merges: MergeTable
  let options: Options

  /// Whether characters become symbols one by one: no unknown token is missing, and bytes that stand for a character
  /// are those of the text alone.
  var isPlain: Bool {
    options.missingUnknown == nil && (options.byteTokens == nil || options.prefix.isEmpty && options.suffix.isEmpty)
  }

  /// The tokens of one piece; the ranges are what the reference library reports, also where characters vanish.
  ///
  /// - Throws: ``TokenizerError`` where the unknown token is needed and not in the vocabulary.
  func tokenize(
    _ piece: ArraySlice<UInt32>, _ dropout: inout MergeDropout?, into tokens: inout [ModelToken]
  ) throws(TokenizerError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(piece.count)
    var scalarOfByte: [Int] = []
    scalarOfByte.reserveCapacity(piece.count)
    for (index, scalar) in piece.enumerated() {
      bytes.appendUTF8(scalar)
      while scalarOfByte.count < bytes.count { scalarOfByte.append(index) }
    }
    if dropout == nil, options.ignoresMerges, let id = vocabulary.id(bytes) {
      tokens.append(ModelToken(id: Int32(truncatingIfNeeded: id), range: 0..<piece.count))
      return
    }
    var buffer = MergeBuffer()
    try addSymbols(bytes, to: &buffer)
    buffer.merge(merges, &dropout)
    var start = 0
    for symbol in buffer.symbols {
      let end = start + Int(symbol.length)
      // Bytes of a prefix or suffix are counted like those of the text, so the last tokens can lie beyond it.
      let (first, last) = (min(start, bytes.count - 1), min(end, bytes.count) - 1)
      tokens.append(ModelToken(id: symbol.id, range: scalarOfByte[first]..<(scalarOfByte[last] + 1)))
      start = end
    }
  }

  /// The characters of a piece as symbols.
  private func addSymbols(_ bytes: [UInt8], to buffer: inout MergeBuffer) throws(TokenizerError) {
    var unknownLength = 0
    var start = 0
    var character: [UInt8] = []
    func flushUnknown() {
      if unknownLength > 0, let unknown = options.unknown { buffer.append(unknown, length: unknownLength) }
      unknownLength = 0
    }
    while start < bytes.count {
      var end = start + 1
      while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
      character.removeAll(keepingCapacity: true)
      if start > 0 { character += options.prefix }
      character += bytes[start..<end]
      if end == bytes.count { character += options.suffix }
      if let id = vocabulary.id(character) {
        flushUnknown()
        buffer.append(Int32(truncatingIfNeeded: id), length: end - start)
      } else if let tokens = options.byteTokens, character.allSatisfy({ tokens[Int($0)] >= 0 }) {
        // Unknown characters on the left stay pending, as in the reference library.
        for byte in character { buffer.append(tokens[Int(byte)], length: 1) }
      } else if options.unknown != nil {
        if !options.fusesUnknown { flushUnknown() }
        unknownLength += end - start
      } else if let name = options.missingUnknown {
        throw TokenizerError(
          .invalidVocabulary, "the unknown token \"\(name)\" is needed here, but is not in the vocabulary",
          subject: "text")
      }
      start = end
    }
    flushUnknown()
  }
}
