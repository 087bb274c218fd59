/// Which positions have which of a column's values, the values being known by their ranks in sorted order.
///
/// The positions of neighbouring values are neighbours, so that a range of values is one range of a list; values that
/// more than a 32nd of all positions have stand outside of it, as bits.
struct RankedPositions: Sendable {
  /// A value that many positions have.
  struct Frequent: Sendable {
    let rank: Int
    let population: Int
    let bits: Bitmap
  }

  /// Where the positions of each rank begin in ``listed``, and the end.
  let offsets: [UInt32]
  /// Positions, ascending within a rank.
  let listed: [UInt32]
  /// By ascending rank; these have none in ``listed``.
  let frequent: [Frequent]

  init(offsets: [UInt32], listed: [UInt32], frequent: [Frequent]) {
    self.offsets = offsets
    self.listed = listed
    self.frequent = frequent
  }

  /// Sorts pairs of ranks and positions.
  ///
  /// - Parameters:
  ///   - ranks: A rank below `values` for each pair.
  ///   - positions: The position of each pair, in ascending order; a pair may come several times.
  ///   - values: How many values there are, each with a pair or more.
  ///   - count: How many positions there are.
  init(ranks: [UInt32], positions: [UInt32], values: Int, of count: Int) {
    var next = [Int](repeating: 0, count: values + 1)
    for rank in ranks { next[Int(rank) + 1] += 1 }
    for rank in 0..<values { next[rank + 1] += next[rank] }
    let starts = next
    var sorted = [UInt32](repeating: 0, count: ranks.count)
    for (rank, position) in zip(ranks, positions) {
      // A position that has the value twice comes twice in a row.
      if next[Int(rank)] > starts[Int(rank)], sorted[next[Int(rank)] - 1] == position { continue }
      sorted[next[Int(rank)]] = position
      next[Int(rank)] += 1
    }
    var (offsets, listed, frequent): ([UInt32], [UInt32], [Frequent]) = ([0], [], [])
    offsets.reserveCapacity(values + 1)
    for rank in 0..<values {
      let own = sorted[starts[rank]..<next[rank]]
      if PositionSet.isDense(own.count, of: count) {
        var bits = Bitmap(count: count)
        for position in own { bits.insert(Int(position)) }
        frequent.append(Frequent(rank: rank, population: own.count, bits: bits))
      } else {
        listed += own
      }
      offsets.append(UInt32(listed.count))
    }
    self.init(offsets: offsets, listed: listed, frequent: frequent)
  }

  /// How many values there are.
  var values: Int { offsets.count - 1 }
  /// The memory it takes, in bytes.
  var bytes: Int { 4 * (offsets.count + listed.count) + frequent.reduce(0) { $0 + 8 * $1.bits.words.count } }

  /// How many positions the values of some ranks have, added up.
  func population(_ ranks: Range<Int>) -> Int {
    frequent.reduce(Int(offsets[ranks.upperBound] - offsets[ranks.lowerBound])) {
      ranks.contains($1.rank) ? $0 + $1.population : $0
    }
  }

  /// Puts the positions that have a value of some ranks into a set.
  func insert(_ ranks: Range<Int>, into bitmap: inout Bitmap) {
    for value in frequent where ranks.contains(value.rank) { bitmap.formUnion(value.bits) }
    for position in listed[Int(offsets[ranks.lowerBound])..<Int(offsets[ranks.upperBound])] {
      bitmap.insert(Int(position))
    }
  }
}
