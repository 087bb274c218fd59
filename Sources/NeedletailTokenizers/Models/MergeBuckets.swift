/// The possible merges of a very long word by rank, each rank's from the left: every merge of one rank is done in one
/// walk through the word, where a heap would jump about in it.
struct MergeBuckets {
  /// The possible merges of one rank; all of them are of one pair.
  private struct Bucket {
    /// Where the candidates of the unmerged word start in ``first``, and how many there are.
    var start: Int32 = 0
    var count: Int32 = 0
    /// The newest of the candidates that merging made, −1 where there is none.
    var head: Int32 = -1
    var left: Int32 = 0
    var right: Int32 = 0
    var product: Int32 = 0

    var isEmpty: Bool { count == 0 && head < 0 }
  }

  /// One for each rank.
  private var buckets: [Bucket] = []
  /// The positions of the candidates of the unmerged word, by rank, each rank's from the left.
  private var first: [Int32] = []
  /// The ranks of the pairs of the unmerged word; ``none`` where there is no merge.
  private var pairRanks: [UInt32] = []
  /// Positions of candidates that merging made, and the next older candidate of the rank.
  private var candidates: [(position: Int32, next: Int32)] = []
  /// The ranks that have candidates: a heap, the lowest first.
  private var ranks: [UInt32] = []
  private var positions: [Int32] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []
  private static let none = UInt32.max

  /// Merges the lowest rank first, of one rank the leftmost first.
  ///
  /// - Returns: Whether nothing is left to merge. A merge that makes one of a lower rank possible, as no trained list
  ///   has it, ends this early: the symbols are then those of the word so far.
  /// - Complexity: O(n log n) for n symbols, O(n) in steps that matter.
  mutating func merge(_ symbols: inout [MergeBuffer.Symbol], _ table: MergeTable) -> Bool {
    let count = symbols.count
    if buckets.count < table.rankLimit { buckets = Array(repeating: Bucket(), count: table.rankLimit) }
    candidates.removeAll(keepingCapacity: true)
    previous = Array(-1..<(Int32(truncatingIfNeeded: count) - 1))
    next = Array(1..<(Int32(truncatingIfNeeded: count) + 1))
    collect(symbols, table)
    defer { symbols.removeAll { $0.length == 0 } }
    while let rank = popRank() {
      let bucket = buckets[Int(rank)]
      takePositions(rank)
      for position in positions {
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
        if isLower {
          clear()
          return false
        }
      }
    }
    return true
  }

  /// Sorts the possible merges of the unmerged word by rank.
  private mutating func collect(_ symbols: [MergeBuffer.Symbol], _ table: MergeTable) {
    pairRanks.removeAll(keepingCapacity: true)
    for index in 0..<(symbols.count - 1) {
      let (left, right) = (symbols[index].id, symbols[index + 1].id)
      guard let merge = table.find(left, right) else {
        pairRanks.append(Self.none)
        continue
      }
      pairRanks.append(merge.rank)
      if buckets[Int(merge.rank)].count == 0 {
        buckets[Int(merge.rank)] = Bucket(left: left, right: right, product: merge.id)
        pushRank(merge.rank)
      }
      buckets[Int(merge.rank)].count += 1
    }
    var start: Int32 = 0
    for rank in ranks {
      buckets[Int(rank)].start = start
      start += buckets[Int(rank)].count
      buckets[Int(rank)].count = 0
    }
    first = Array(repeating: 0, count: Int(start))
    for (index, rank) in pairRanks.enumerated() where rank != Self.none {
      let place = buckets[Int(rank)].start + buckets[Int(rank)].count
      first[Int(place)] = Int32(truncatingIfNeeded: index)
      buckets[Int(rank)].count += 1
    }
  }

  private mutating func clear() {
    for rank in ranks { buckets[Int(rank)] = Bucket() }
    ranks.removeAll(keepingCapacity: true)
  }

  /// Adds the merge of two neighbours, if there is one.
  ///
  /// - Returns: Whether its rank is below `limit`.
  @discardableResult
  private mutating func push(
    _ left: Int32, _ right: Int32, at position: Int, _ table: MergeTable, below limit: UInt32 = 0
  ) -> Bool {
    guard let merge = table.find(left, right) else { return false }
    if buckets[Int(merge.rank)].isEmpty {
      buckets[Int(merge.rank)] = Bucket(left: left, right: right, product: merge.id)
      pushRank(merge.rank)
    }
    candidates.append((Int32(truncatingIfNeeded: position), buckets[Int(merge.rank)].head))
    buckets[Int(merge.rank)].head = Int32(truncatingIfNeeded: candidates.count - 1)
    return merge.rank < limit
  }

  /// Moves the candidates of a rank to `positions`, from the left.
  private mutating func takePositions(_ rank: UInt32) {
    let bucket = buckets[Int(rank)]
    buckets[Int(rank)].head = -1
    buckets[Int(rank)].count = 0
    positions.removeAll(keepingCapacity: true)
    var candidate = bucket.head
    while candidate >= 0 {
      positions.append(candidates[Int(candidate)].position)
      candidate = candidates[Int(candidate)].next
    }
    positions.reverse()
    positions += first[Int(bucket.start)..<Int(bucket.start + bucket.count)]
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
