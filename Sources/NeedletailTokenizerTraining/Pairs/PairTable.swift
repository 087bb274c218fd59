/// How often each pair stands in the words, and in which words it newly came up during the merge under way.
struct PairTable {
  /// A pair's entry; counts may be below zero where pairs that are too long are broken up without having been counted.
  private struct Entry {
    var pair: SymbolPair
    var count = 0
    /// The last of its new words in ``news``, plus 1; 0 where there is none.
    var lastNews: UInt32 = 0
  }

  private struct News {
    var word: UInt32
    /// The one before, plus 1.
    var previous: UInt32
  }

  private var entries: [Entry] = []
  /// The index of an entry plus 1; 0 is free.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)
  private var news: [News] = []
  private var touched: [UInt32] = []

  func count(_ pair: SymbolPair) -> Int {
    let index = slots[slot(pair)]
    return index == 0 ? 0 : entries[Int(index) - 1].count
  }

  /// Counts a pair that goes.
  @inline(__always)
  mutating func remove(_ pair: SymbolPair, count: Int) { entries[index(pair)].count -= count }

  /// Counts a pair that comes, and notes the word it stands in.
  @inline(__always)
  mutating func add(_ pair: SymbolPair, count: Int, word: UInt32) {
    let index = index(pair)
    entries[index].count += count
    let last = entries[index].lastNews
    if last == 0 { touched.append(UInt32(truncatingIfNeeded: index)) }
    if last == 0 || news[Int(last) - 1].word != word {
      news.append(News(word: word, previous: last))
      entries[index].lastNews = UInt32(truncatingIfNeeded: news.count)
    }
  }

  /// Hands over the pairs that came up since the last call: those that are there, with the words noted for them, which
  /// are added to `words`.
  mutating func takeNews(_ words: inout [UInt32], _ body: (PairCandidate) -> Void) {
    for index in touched {
      let entry = entries[Int(index)]
      entries[Int(index)].lastNews = 0
      guard entry.count > 0 else { continue }
      let start = words.count
      var next = entry.lastNews
      while next != 0 {
        words.append(news[Int(next) - 1].word)
        next = news[Int(next) - 1].previous
      }
      body(PairCandidate(count: UInt64(entry.count), pair: entry.pair, words: start..<words.count))
    }
    touched.removeAll(keepingCapacity: true)
    news.removeAll(keepingCapacity: true)
  }

  /// The entry of a pair, made if need be.
  @inline(__always)
  private mutating func index(_ pair: SymbolPair) -> Int {
    let slot = slot(pair)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    entries.append(Entry(pair: pair))
    slots[slot] = UInt32(truncatingIfNeeded: entries.count)
    if entries.count * 2 > slots.count { grow() }
    return entries.count - 1
  }

  /// Where a pair is, or would be.
  @inline(__always)
  private func slot(_ pair: SymbolPair) -> Int {
    let mask = slots.count - 1
    var slot = Self.hash(pair) & mask
    while slots[slot] != 0, entries[Int(slots[slot]) - 1].pair != pair { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always)
  private static func hash(_ pair: SymbolPair) -> Int {
    let mixed = (pair.packed ^ pair.packed >> 29) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 32)
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for (index, entry) in entries.enumerated() {
      var slot = Self.hash(entry.pair) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(truncatingIfNeeded: index + 1)
    }
  }
}
