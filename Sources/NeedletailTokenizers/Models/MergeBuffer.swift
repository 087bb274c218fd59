/// A word while its symbols are merged; kept between words, so that nothing is allocated in steady state.
struct MergeBuffer {
  /// A symbol and how many bytes of the word it stands for.
  struct Symbol {
    var id: Int32
    var length: Int32
  }

  /// The symbols of the word, before and after merging.
  private(set) var symbols: [Symbol] = []
  /// The rank and the result of merging each symbol with the next one.
  private var ranks: [UInt64] = []
  private var previous: [Int32] = []
  private var next: [Int32] = []
  private var queue = MergeQueue()
  private var buckets = MergeBuckets()
  private var cache = WordCache()
  /// From this many symbols on, a queue finds the next merge.
  private static let longestScan = 24
  /// From this many symbols on, merges are done rank by rank.
  private static let longestQueue = 4096
  private static let none = UInt64.max

  mutating func clear() { symbols.removeAll(keepingCapacity: symbols.count < 1 << 16) }

  @inline(__always)
  mutating func append(_ id: Int32, length: Int) {
    symbols.append(Symbol(id: id, length: Int32(truncatingIfNeeded: length)))
  }

  /// Merges the pair of the lowest rank, the leftmost of several, until none is left.
  ///
  /// - Complexity: O(n log n) for n symbols.
  mutating func merge(_ table: MergeTable) {
    if symbols.count < Self.longestScan {
      mergeByScan(table)
    } else if symbols.count < Self.longestQueue || !buckets.merge(&symbols, table) {
      var dropout: MergeDropout?
      mergeByQueue(table, &dropout)
    }
  }

  /// The same where merges are left out by chance.
  mutating func merge(_ table: MergeTable, _ dropout: inout MergeDropout?) {
    if dropout == nil { merge(table) } else { mergeByQueue(table, &dropout) }
  }

  /// Takes the symbols of a short word, already merged, from the words seen last.
  @inline(__always)
  mutating func load(_ word: ShortWord) -> Bool { cache.load(word, into: &symbols) }

  /// Remembers what a short word was merged to.
  mutating func store(_ word: ShortWord) { cache.store(word, symbols) }

  /// The plain way, quadratic and quick for short words.
  private mutating func mergeByScan(_ table: MergeTable) {
    var count = symbols.count
    guard count > 1 else { return }
    ranks.removeAll(keepingCapacity: true)
    for index in 0..<(count - 1) { ranks.append(Self.packed(table.find(symbols[index].id, symbols[index + 1].id))) }
    count = Self.scan(&symbols, &ranks, table)
    symbols.removeLast(symbols.count - count)
  }

  /// Merges until nothing is left to merge; returns how many symbols are left, at the front.
  private static func scan(_ list: inout [Symbol], _ rankList: inout [UInt64], _ table: MergeTable) -> Int {
    var count = list.count
    var symbols = list.mutableSpan
    var ranks = rankList.mutableSpan
    while count > 1 {
      var best = none
      var at = 0
      for index in 0..<(count - 1) where ranks[index] >> 32 < best >> 32 {
        best = ranks[index]
        at = index
      }
      if best == none { break }
      symbols[at].id = Int32(truncatingIfNeeded: best & 0xFFFF_FFFF)
      symbols[at].length += symbols[at + 1].length
      count -= 1
      for index in (at + 1)..<max(count, at + 1) { symbols[index] = symbols[index + 1] }
      for index in at..<max(count - 1, at) { ranks[index] = ranks[index + 1] }
      if at > 0 { ranks[at - 1] = packed(table.find(symbols[at - 1].id, symbols[at].id)) }
      if at < count - 1 { ranks[at] = packed(table.find(symbols[at].id, symbols[at + 1].id)) }
    }
    return count
  }

  @inline(__always)
  private static func packed(_ merge: Merge?) -> UInt64 {
    guard let merge else { return none }
    return UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.id))
  }

  /// The same with a heap of candidates; candidates whose symbols have changed are passed over.
  private mutating func mergeByQueue(_ table: MergeTable, _ dropout: inout MergeDropout?) {
    let count = symbols.count
    queue.clear()
    previous.removeAll(keepingCapacity: count < 1 << 16)
    next.removeAll(keepingCapacity: count < 1 << 16)
    for index in 0..<count {
      previous.append(Int32(truncatingIfNeeded: index - 1))
      next.append(Int32(truncatingIfNeeded: index + 1))
      guard index + 1 < count, let merge = table.find(symbols[index].id, symbols[index + 1].id) else { continue }
      queue.push(MergeQueue.Candidate(rank: merge.rank, position: index, id: merge.id))
    }
    // Candidates that were left out come back once another one was taken.
    var left: [MergeQueue.Candidate] = []
    while let top = queue.pop() {
      if dropout?.drops() ?? false {
        left.append(top)
        continue
      }
      for candidate in left { queue.push(candidate) }
      left.removeAll(keepingCapacity: true)
      let at = top.position
      let right = Int(next[at])
      guard symbols[at].length > 0, right < count, let merge = table.find(symbols[at].id, symbols[right].id),
        merge.id == top.id
      else { continue }
      symbols[at].id = top.id
      symbols[at].length += symbols[right].length
      symbols[right].length = 0
      let after = Int(next[right])
      next[at] = Int32(truncatingIfNeeded: after)
      if after < count {
        previous[after] = Int32(truncatingIfNeeded: at)
        if let merge = table.find(symbols[at].id, symbols[after].id) {
          queue.push(MergeQueue.Candidate(rank: merge.rank, position: at, id: merge.id))
        }
      }
      let before = Int(previous[at])
      if before >= 0, let merge = table.find(symbols[before].id, symbols[at].id) {
        queue.push(MergeQueue.Candidate(rank: merge.rank, position: before, id: merge.id))
      }
    }
    symbols.removeAll { $0.length == 0 }
  }
}

/// A binary heap of possible merges: the lowest rank first, then the leftmost.
struct MergeQueue {
  struct Candidate {
    /// Rank and position in one number.
    let order: UInt64
    let id: Int32

    init(rank: UInt32, position: Int, id: Int32) {
      order = UInt64(rank) << 32 | UInt64(UInt32(truncatingIfNeeded: position))
      self.id = id
    }

    var position: Int { Int(order & 0xFFFF_FFFF) }
  }

  private var heap: [Candidate] = []

  mutating func clear() { heap.removeAll(keepingCapacity: heap.count < 1 << 16) }

  mutating func push(_ candidate: Candidate) {
    var child = heap.count
    heap.append(candidate)
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[parent].order > candidate.order else { break }
      heap[child] = heap[parent]
      child = parent
    }
    heap[child] = candidate
  }

  mutating func pop() -> Candidate? {
    guard let top = heap.first else { return nil }
    let moved = heap.removeLast()
    let count = heap.count
    guard count > 0 else { return top }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < count else { break }
      if child + 1 < count, heap[child + 1].order < heap[child].order { child += 1 }
      guard heap[child].order < moved.order else { break }
      heap[parent] = heap[child]
      parent = child
    }
    heap[parent] = moved
    return top
  }
}
