/// Words as symbols, in one arena; merging shortens them where they stand.
struct SymbolWords {
  private var symbols: [UInt32] = []
  /// How many characters each symbol spans; empty where no limit asks for it.
  private var spans: [UInt32] = []
  private var starts: [Int] = []
  private var lengths: [UInt32] = []
  private(set) var counts: [Int] = []
  /// New pairs that span this many characters, or more, are not counted.
  private let spanLimit: Int?

  /// How many words there are.
  var count: Int { counts.count }

  init(spanLimit: Int?) { self.spanLimit = spanLimit }

  /// Begins a word.
  mutating func appendWord(count: Int) {
    starts.append(symbols.count)
    lengths.append(0)
    counts.append(count)
  }

  /// Adds a symbol to the last word.
  mutating func append(_ symbol: UInt32) {
    symbols.append(symbol)
    if spanLimit != nil { spans.append(1) }
    lengths[lengths.count - 1] += 1
  }

  /// Counts all pairs.
  func countPairs(_ table: inout PairTable) {
    for word in counts.indices {
      let start = starts[word]
      for position in start..<(start + max(Int(lengths[word]) - 1, 0)) {
        table.add(
          SymbolPair(symbols[position], symbols[position + 1]), count: counts[word],
          word: UInt32(truncatingIfNeeded: word))
      }
    }
  }

  /// Puts one symbol in the place of a pair wherever it stands in a word, from left to right.
  mutating func merge(_ pair: SymbolPair, into merged: UInt32, word: UInt32, _ table: inout PairTable) {
    let (left, right) = (pair.left, pair.right)
    let start = starts[Int(word)]
    let end = start + Int(lengths[Int(word)])
    let count = counts[Int(word)]
    // Most words that are looked at again have lost the pair or have it once: find it before anything is moved.
    var read = start
    while true {
      guard read + 1 < end else { return }
      if symbols[read] == left, symbols[read + 1] == right { break }
      read += 1
    }
    var write = read
    while read < end {
      guard symbols[read] == left, read + 1 < end, symbols[read + 1] == right else {
        symbols[write] = symbols[read]
        if spanLimit != nil { spans[write] = spans[read] }
        write += 1
        read += 1
        continue
      }
      let span = spanLimit == nil ? 0 : spans[read] + spans[read + 1]
      if write > start {
        table.remove(SymbolPair(symbols[write - 1], left), count: count)
        if isCounted(write - 1, span) {
          table.add(SymbolPair(symbols[write - 1], merged), count: count, word: word)
        }
      }
      if read + 2 < end {
        table.remove(SymbolPair(right, symbols[read + 2]), count: count)
        if isCounted(read + 2, span) {
          table.add(SymbolPair(merged, symbols[read + 2]), count: count, word: word)
        }
      }
      symbols[write] = merged
      if spanLimit != nil { spans[write] = span }
      write += 1
      read += 2
    }
    lengths[Int(word)] = UInt32(truncatingIfNeeded: write - start)
  }

  /// Whether a new pair of the symbol at a position and one that spans so many characters is counted.
  @inline(__always)
  private func isCounted(_ position: Int, _ span: UInt32) -> Bool {
    guard let spanLimit else { return true }
    return Int(spans[position]) + Int(span) < spanLimit
  }
}
