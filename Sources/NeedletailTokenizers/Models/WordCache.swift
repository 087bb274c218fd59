/// What the short words seen last were merged to; a word takes the place of another with the same low bits of its hash.
///
/// It pays where words come again, which is in all text; the first misses are not remembered, so that a short text costs
/// no table.
struct WordCache {
  private struct Entry {
    var low: UInt64 = 0
    /// 0 is free: a word has a length.
    var high: UInt64 = 0
    var symbols: InlineSymbols = (0, 0, 0, 0)
    /// The lengths of the symbols, a byte each, the first lowest; 0 ends them.
    var lengths: UInt32 = 0
  }

  private typealias InlineSymbols = (Int32, Int32, Int32, Int32)

  private var entries: [Entry] = []
  private var misses = 0
  private static let size = 4096
  private static let patience = 64

  /// Puts the symbols of a word where they belong, if it is known.
  @inline(__always)
  mutating func load(_ word: ShortWord, into symbols: inout [MergeBuffer.Symbol]) -> Bool {
    guard !entries.isEmpty else { return false }
    let entry = entries[word.hash & (Self.size - 1)]
    guard entry.low == word.low, entry.high == word.high else { return false }
    symbols.removeAll(keepingCapacity: true)
    symbols.append(.init(id: entry.symbols.0, length: Int32(entry.lengths & 0xFF)))
    if entry.lengths >> 8 != 0 { symbols.append(.init(id: entry.symbols.1, length: Int32(entry.lengths >> 8 & 0xFF))) }
    if entry.lengths >> 16 != 0 {
      symbols.append(.init(id: entry.symbols.2, length: Int32(entry.lengths >> 16 & 0xFF)))
    }
    if entry.lengths >> 24 != 0 { symbols.append(.init(id: entry.symbols.3, length: Int32(entry.lengths >> 24))) }
    return true
  }

  /// Remembers a word of at most four symbols.
  mutating func store(_ word: ShortWord, _ symbols: [MergeBuffer.Symbol]) {
    guard !entries.isEmpty else {
      misses += 1
      if misses > Self.patience { entries = Array(repeating: Entry(), count: Self.size) }
      return
    }
    guard (1...4).contains(symbols.count) else { return }
    var entry = Entry(low: word.low, high: word.high)
    for (index, symbol) in symbols.enumerated() {
      entry.lengths |= UInt32(truncatingIfNeeded: symbol.length) << UInt32(8 * index)
    }
    entry.symbols.0 = symbols[0].id
    if symbols.count > 1 { entry.symbols.1 = symbols[1].id }
    if symbols.count > 2 { entry.symbols.2 = symbols[2].id }
    if symbols.count > 3 { entry.symbols.3 = symbols[3].id }
    entries[word.hash & (Self.size - 1)] = entry
  }
}
