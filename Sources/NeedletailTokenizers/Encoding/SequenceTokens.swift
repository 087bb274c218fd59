/// The tokens of one text before truncation and post-processing.
struct SequenceTokens {
  var ids: [Int32] = []
  var tokens: [String] = []
  var offsets: [Range<Int>] = []
  var words: [Int?] = []

  /// Makes room for so many tokens in all.
  mutating func reserve(_ count: Int) {
    ids.reserveCapacity(count)
    tokens.reserveCapacity(count)
    offsets.reserveCapacity(count)
    words.reserveCapacity(count)
  }

  @inline(__always)
  mutating func append(_ id: Int32, _ token: String, _ offsets: Range<Int>, word: Int?) {
    ids.append(id)
    tokens.append(token)
    self.offsets.append(offsets)
    words.append(word)
  }

  mutating func append(special: PostProcessor.Special) {
    for (id, token) in zip(special.ids, special.tokens) { append(id, token, 0..<0, word: nil) }
  }

  /// Takes away what was added after the first tokens.
  mutating func keepFirst(_ count: Int) {
    ids.removeLast(ids.count - count)
    tokens.removeLast(tokens.count - count)
    offsets.removeLast(offsets.count - count)
    words.removeLast(words.count - count)
  }
}
