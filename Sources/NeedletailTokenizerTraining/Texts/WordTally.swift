internal import NeedletailTokenizers

/// A table from words to how often they were seen, which grows as it is filled.
struct WordTally: Sendable {
  /// All words in UTF-8, one after the other.
  private(set) var arena: [UInt8] = []
  /// Where each word ends in ``arena``.
  private(set) var ends: [Int] = []
  private(set) var counts: [Int] = []
  private var hashes: [UInt32] = []
  /// The index of a word plus 1; 0 is free.
  private var slots = [UInt32](repeating: 0, count: 1 << 10)

  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// Counts a word.
  mutating func add(_ bytes: [UInt8], _ range: Range<Int>, count: Int = 1) {
    var hash = ByteHash()
    for index in range { hash.add(bytes[index]) }
    let tag = UInt32(truncatingIfNeeded: hash.value >> 20)
    let mask = slots.count - 1
    var slot = Int(tag) & mask
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if hashes[index] == tag, matches(index, bytes, range) {
        counts[index] += count
        return
      }
      slot = (slot + 1) & mask
    }
    arena += bytes[range]
    ends.append(arena.count)
    counts.append(count)
    hashes.append(tag)
    slots[slot] = UInt32(truncatingIfNeeded: counts.count)
    if counts.count * 2 > slots.count { grow() }
  }

  /// Counts the pieces of texts.
  ///
  /// - Throws: `CancellationError`, and `TokenizerError` with code `.patternLimit`.
  mutating func add(_ batch: TextBatch, _ pipeline: TextPipeline) throws {
    var piece: [UInt8] = []
    for index in 0..<batch.count {
      try Task.checkCancellation()
      try pipeline.forEachPiece(of: batch.text(index), &piece) { add($0, $0.indices) }
    }
  }

  /// Counts the words of another tally.
  mutating func add(_ other: WordTally) {
    for index in other.counts.indices { add(other.arena, other.range(index), count: other.counts[index]) }
  }

  private func matches(_ index: Int, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let own = self.range(index)
    guard own.count == range.count else { return false }
    for offset in 0..<range.count where arena[own.lowerBound + offset] != bytes[range.lowerBound + offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for (index, tag) in hashes.enumerated() {
      var slot = Int(tag) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(truncatingIfNeeded: index + 1)
    }
  }
}
