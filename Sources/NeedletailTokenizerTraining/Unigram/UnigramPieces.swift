internal import NeedletailTokenizers

/// The candidates of a training; the first stands for what no other covers and has no bytes.
struct UnigramPieces: Sendable {
  private let arena: [UInt8]
  private let ranges: [Range<Int>]
  /// The logarithm of the probability of each; minus infinity for those that are dropped.
  var scores: [Double]

  var count: Int { ranges.count }

  init(arena: [UInt8], ranges: [Range<Int>], scores: [Double]) {
    self.arena = arena
    self.ranges = ranges
    self.scores = scores
  }

  func bytes(_ id: Int) -> ArraySlice<UInt8> { arena[ranges[id]] }

  func isDropped(_ id: Int) -> Bool { scores[id] == -.infinity }

  /// The score of the worst piece that is not dropped.
  var worstScore: Double {
    var worst = 0.0
    for id in 1..<max(count, 1) where !isDropped(id) { worst = min(worst, scores[id]) }
    return worst
  }

  /// What a character costs that no piece covers.
  var unknownScore: Double { worstScore - 10 }

  func trie() -> ByteTrie {
    ByteTrie(arena, ranges.indices.dropFirst().map { (ranges[$0], Int32(truncatingIfNeeded: $0)) })
  }

  /// Those that pass, in this order.
  func filtered(_ isIncluded: (Int) -> Bool) -> UnigramPieces { selecting(ranges.indices.filter(isIncluded)) }

  /// These pieces in this order.
  func selecting(_ ids: [Int]) -> UnigramPieces {
    var arena: [UInt8] = []
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(ids.count)
    for id in ids {
      let start = arena.count
      arena += bytes(id)
      ranges.append(start..<arena.count)
    }
    return UnigramPieces(arena: arena, ranges: ranges, scores: ids.map { scores[$0] })
  }
}
