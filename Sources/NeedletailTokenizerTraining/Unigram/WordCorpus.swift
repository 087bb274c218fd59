internal import NeedletailTokenizers

/// The different words of a text and how often each stands in it, in one arena.
struct WordCorpus: Sendable {
  /// All words in UTF-8, one after the other.
  let bytes: [UInt8]
  /// Where each word ends in ``bytes``.
  let ends: [Int]
  let counts: [Double]
  /// Ranges of words that are worked on one at a time, alike in length; the same for any number of threads.
  let portions: [Range<Int>]

  private static let portionCount = 16
  /// The longest text of different words, bytes: positions have 31 bits.
  private static let maximumBytes = 1 << 30

  init(_ words: [(word: String, count: Int)]) throws(TokenizerError) {
    func problem(_ message: String) -> TokenizerError {
      TokenizerError(.invalidTraining, message, subject: "the words to train on")
    }
    var sorted: [(word: [UInt8], count: Int)] = []
    var total = 0
    for (word, count) in words where !word.utf8.isEmpty && count != 0 {
      guard count > 0 else { throw problem("the word \"\(word.prefix(40))\" is counted \(count) times") }
      let sum = total.addingReportingOverflow(count)
      guard !sum.overflow, sum.partialValue < 1 << 53 else { throw problem("there are more than 2^53 words") }
      total = sum.partialValue
      sorted.append((Array(word.utf8), count))
    }
    guard !sorted.isEmpty else { throw problem("there are no words to train on") }
    sorted.sort { $0.word.lexicographicallyPrecedes($1.word) }
    var bytes: [UInt8] = []
    var ends: [Int] = []
    var counts: [Double] = []
    var last: [UInt8]?
    for (word, count) in sorted {
      if last == word {
        counts[counts.count - 1] += Double(count)
        continue
      }
      last = word
      bytes += word
      guard bytes.count < Self.maximumBytes else { throw problem("the different words are longer than 1 GiB together") }
      ends.append(bytes.count)
      counts.append(Double(count))
    }
    self.init(bytes: bytes, ends: ends, counts: counts)
  }

  /// What was counted in texts.
  init(_ words: WordCounts) throws(TokenizerError) {
    guard words.bytes.count < Self.maximumBytes else {
      throw TokenizerError(
        .invalidTraining, "the different words are longer than 1 GiB together", subject: "the words to train on")
    }
    self.init(bytes: words.bytes, ends: words.ends, counts: words.counts.map(Double.init))
  }

  private init(bytes: [UInt8], ends: [Int], counts: [Double]) {
    self.bytes = bytes
    self.ends = ends
    self.counts = counts
    var portions: [Range<Int>] = []
    var start = 0
    for index in ends.indices where ends[index] >= bytes.count / Self.portionCount * (portions.count + 1) {
      portions.append(start..<(index + 1))
      start = index + 1
    }
    if start < ends.count { portions.append(start..<ends.count) }
    self.portions = portions
  }

  /// The bytes of a word.
  @inline(__always)
  func range(_ word: Int) -> Range<Int> { (word == 0 ? 0 : ends[word - 1])..<ends[word] }

  /// How often each scalar stands in the text.
  func scalarCounts() -> [(scalar: UInt32, count: Int)] {
    var counts: [UInt32: Int] = [:]
    for word in ends.indices {
      let count = Int(self.counts[word])
      for scalar in String(decoding: bytes[range(word)], as: UTF8.self).unicodeScalars {
        counts[scalar.value, default: 0] += count
      }
    }
    return counts.map { ($0.key, $0.value) }
  }
}
