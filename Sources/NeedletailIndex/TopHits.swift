internal import NeedletailTensor

/// The best few of any number of scored items, in memory for only those few.
///
/// Larger scores are better. Of equal scores the one with the smaller index is better, so that ties keep insertion
/// order whatever the order of offers. A score that is not a number is worse than every number.
public struct TopHits: Sendable {
  /// How many hits are kept.
  public let limit: Int
  /// A binary heap with the worst kept hit at the root.
  private var heap: [Hit] = []

  /// Creates an empty selection.
  ///
  /// - Parameter limit: How many hits to keep; at least 1.
  public init(limit: Int) {
    precondition(limit > 0, "at least one hit is kept")
    self.limit = limit
  }

  /// Offers an item.
  ///
  /// - Complexity: O(1) for an item that is not among the best, else O(log `limit`).
  public mutating func offer(_ index: Int, score: Float) {
    let hit = Hit(index: index, score: score)
    if heap.count < limit {
      heap.append(hit)
      rise(heap.count - 1)
    } else if Self.isWorse(heap[0], than: hit) {
      heap[0] = hit
      sink(0)
    }
  }

  /// Offers rows that were picked, whose indexes are counted from `first`.
  mutating func offer(_ picked: PickedRows, from first: Int, score: (Float) -> Float) {
    for i in 0..<picked.count { offer(first + Int(picked.indexes[i]), score: score(picked.scores[i])) }
  }

  /// What the score of an item has to be above to be kept if it comes after all others; no number while all are kept.
  package var threshold: Float { heap.count < limit ? .nan : heap[0].score }

  /// The kept hits, best first.
  public var sorted: [Hit] { heap.sorted { Self.isWorse($1, than: $0) } }

  private static func isWorse(_ a: Hit, than b: Hit) -> Bool {
    if a.score < b.score { return true }
    if a.score > b.score { return false }
    if a.score.isNaN != b.score.isNaN { return a.score.isNaN }
    return a.index > b.index
  }

  private mutating func rise(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.isWorse(heap[child], than: heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func sink(_ start: Int) {
    var parent = start
    while 2 * parent + 1 < heap.count {
      let (left, right) = (2 * parent + 1, 2 * parent + 2)
      let child = right < heap.count && Self.isWorse(heap[right], than: heap[left]) ? right : left
      guard Self.isWorse(heap[child], than: heap[parent]) else { return }
      heap.swapAt(parent, child)
      parent = child
    }
  }
}
