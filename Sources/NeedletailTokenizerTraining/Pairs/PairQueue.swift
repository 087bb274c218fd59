/// Two neighbouring symbols.
struct SymbolPair: Hashable, Comparable {
  /// Left in the upper half, right in the lower, so that pairs compare as the tuple does.
  let packed: UInt64

  @inline(__always)
  init(_ left: UInt32, _ right: UInt32) { packed = UInt64(left) << 32 | UInt64(right) }

  var left: UInt32 { UInt32(truncatingIfNeeded: packed >> 32) }
  var right: UInt32 { UInt32(truncatingIfNeeded: packed) }

  @inline(__always)
  static func < (one: SymbolPair, other: SymbolPair) -> Bool { one.packed < other.packed }
}

/// A pair that waits to be merged, and in which words.
struct PairCandidate {
  /// How often the pair was seen when it was queued; the count of today may be another.
  var count: UInt64
  var pair: SymbolPair
  /// Where the numbers of the words stand in the list of the queue's owner.
  var words: Range<Int>

  /// The larger count comes first, and of equal ones the smaller pair.
  @inline(__always)
  func precedes(_ other: PairCandidate) -> Bool {
    count != other.count ? count > other.count : pair < other.pair
  }
}

/// A binary heap: the first candidate is the next to be looked at.
struct PairQueue {
  private var heap: [PairCandidate]

  init(_ candidates: [PairCandidate]) {
    heap = candidates
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  var first: PairCandidate? { heap.first }

  mutating func insert(_ candidate: PairCandidate) {
    heap.append(candidate)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard candidate.precedes(heap[parent]) else { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = candidate
  }

  /// Gives the first candidate its count of today.
  mutating func recountFirst(_ count: UInt64) {
    heap[0].count = count
    sink(0)
  }

  mutating func removeFirst() {
    let last = heap.removeLast()
    if heap.isEmpty { return }
    heap[0] = last
    sink(0)
  }

  private mutating func sink(_ start: Int) {
    let moved = heap[start]
    var index = start
    while true {
      var child = index * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(moved) else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = moved
  }
}
