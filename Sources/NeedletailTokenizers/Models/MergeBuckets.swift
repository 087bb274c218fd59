/// The possible merges of a very long word by rank, each rank's from the left: every merge of one rank is done in one
/// walk through the word, where a heap would jump about in it.
struct MergeBuckets {
  /// The possible merges of one rank; all of them are of one pair.
  private struct Bucket {
    /// The newest candidate, −1 where there is none.
    var head: Int32 = -1
    var left: Int32 = 0
    var right: Int32 = 0
    var product: Int32 = 0
  }

  /// One for each rank.
  private var buckets: [Bucket] = []
  /// Positions, and the next older candidate of the rank.
  private var candidates: [(position: Int32, next: Int32)] = []
  /// The ranks that have candidates: a heap, the lowest first.
  private var ranks: [UInt32] = []
  private var positions: [Int32] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []

  /// Merges until nothing is left to merge, the lowest rank first, of one rank the leftmost first.
  ///
  /// - Complexity: O(n log n) for n symbols, O(n) in steps that matter.
  mutating func merge(_ symbols: inout [MergeBuffer.Symbol], _ table: MergeTable) {
    let count = symbols.count
    if buckets.count < table.rankLimit { buckets = Array(repeating: Bucket(), count: table.rankLimit) }
    candidates.removeAll(keepingCapacity: true)
    previous = Array(-1..<(Int32(truncatingIfNeeded: count) - 1))
    next = Array(1..<(Int32(truncatingIfNeeded: count) + 1))
    for index in 0..<(count - 1) { push(symbols[index].id, symbols[index + 1].id, at: index, table) }
    while let rank = popRank() {
      let bucket = buckets[Int(rank)]
      takePositions(rank)
      for (done, position) in positions.enumerated() {
        let at = Int(position)
        let right = Int(next[at])
        guard right < count, symbols[at].id == bucket.left, symbols[right].id == bucket.right,
          symbols[at].length > 0
        else { continue }
        symbols[at].id = bucket.product
        symbols[at].length += symbols[right].length
        symbols[right].length = 0
        let after = Int(next[right])
        next[at] = Int32(truncatingIfNeeded: after)
        var isLower = false
        if after < count {
          previous[after] = position
          isLower = push(bucket.product, symbols[after].id, at: at, table, below: rank)
        }
        let before = Int(previous[at])
        if before >= 0 {
          isLower = push(symbols[before].id, bucket.product, at: before, table, below: rank) || isLower
        }
        // A trained list of merges has no lower rank here; any other file may, and the lowest comes first.
        if isLower, done + 1 < positions.count {
          for position in positions[(done + 1)...] { link(rank, Int(position)) }
          break
        }
      }
    }
    symbols.removeAll { $0.length == 0 }
  }

  /// Adds the merge of two neighbours, if there is one.
  ///
  /// - Returns: Whether its rank is below `limit`.
  @discardableResult
  private mutating func push(
    _ left: Int32, _ right: Int32, at position: Int, _ table: MergeTable, below limit: UInt32 = 0
  ) -> Bool {
    guard let merge = table.find(left, right) else { return false }
    if buckets[Int(merge.rank)].head < 0 {
      buckets[Int(merge.rank)] = Bucket(head: -1, left: left, right: right, product: merge.id)
    }
    link(merge.rank, position)
    return merge.rank < limit
  }

  private mutating func link(_ rank: UInt32, _ position: Int) {
    let head = buckets[Int(rank)].head
    if head < 0 { pushRank(rank) }
    candidates.append((Int32(truncatingIfNeeded: position), head))
    buckets[Int(rank)].head = Int32(truncatingIfNeeded: candidates.count - 1)
  }

  /// Moves the candidates of a rank to `positions`, from the left.
  private mutating func takePositions(_ rank: UInt32) {
    positions.removeAll(keepingCapacity: true)
    var candidate = buckets[Int(rank)].head
    buckets[Int(rank)].head = -1
    while candidate >= 0 {
      positions.append(candidates[Int(candidate)].position)
      candidate = candidates[Int(candidate)].next
    }
    positions.reverse()
    var isSorted = true
    for index in positions.indices.dropFirst() where positions[index] < positions[index - 1] { isSorted = false }
    if !isSorted { positions.sort() }
  }

  private mutating func pushRank(_ rank: UInt32) {
    var child = ranks.count
    ranks.append(rank)
    while child > 0, ranks[(child - 1) / 2] > rank {
      ranks[child] = ranks[(child - 1) / 2]
      child = (child - 1) / 2
    }
    ranks[child] = rank
  }

  private mutating func popRank() -> UInt32? {
    guard let top = ranks.first else { return nil }
    let moved = ranks.removeLast()
    let count = ranks.count
    guard count > 0 else { return top }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < count else { break }
      if child + 1 < count, ranks[child + 1] < ranks[child] { child += 1 }
      guard ranks[child] < moved else { break }
      ranks[parent] = ranks[child]
      parent = child
    }
    ranks[parent] = moved
    return top
  }
}
