/// A set of positions, one bit for each of the positions of an index: the vectors that a search may find.
///
///     var allowed = Bitmap(count: index.count)
///     allowed.insert(3)
///     allowed.formIntersection(others)
///
/// It is dense, an eighth of a byte a position, so that a search tests a position in one step and combining two sets
/// reads memory in order.
public struct Bitmap: Sendable, Equatable {
  /// How many positions there are, in the set or not.
  public let count: Int
  /// The bits, position `i` at bit `i % 64` of word `i / 64`; those past ``count`` are 0.
  package private(set) var words: [UInt64]

  /// A set over `count` positions that has none or all of them.
  ///
  /// - Parameters:
  ///   - count: At least 0.
  ///   - repeating: Whether the positions are in the set.
  public init(count: Int, repeating: Bool = false) {
    precondition(count >= 0, "a set is over 0 or more positions")
    self.count = count
    words = [UInt64](repeating: repeating ? .max : 0, count: (count + 63) / 64)
    if repeating { clearTail() }
  }

  /// A set from its words, as ``words`` gives them; bits past `count` are ignored.
  package init(count: Int, words: [UInt64]) {
    precondition(words.count == (count + 63) / 64, "a word holds 64 positions")
    self.count = count
    self.words = words
    clearTail()
  }

  /// How many positions are in the set.
  ///
  /// - Complexity: O(``count`` / 64).
  public var population: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Whether a position is in the set.
  public func contains(_ position: Int) -> Bool {
    precondition(position >= 0 && position < count, "the position is one of the set's")
    return words[position >> 6] >> UInt64(position & 63) & 1 == 1
  }

  /// Whether one of some neighbouring positions is in the set.
  ///
  /// - Complexity: O(positions / 64).
  package func intersects(_ range: Range<Int>) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the positions are the set's")
    guard !range.isEmpty else { return false }
    let (first, last) = (range.lowerBound >> 6, (range.upperBound - 1) >> 6)
    return (first...last).contains { index in
      var word = words[index]
      if index == first { word &= .max << UInt64(range.lowerBound & 63) }
      if index == last { word &= .max >> UInt64(63 - (range.upperBound - 1) & 63) }
      return word != 0
    }
  }

  /// Puts a position into the set.
  public mutating func insert(_ position: Int) {
    precondition(position >= 0 && position < count, "the position is one of the set's")
    words[position >> 6] |= 1 << UInt64(position & 63)
  }

  /// Takes a position out of the set.
  public mutating func remove(_ position: Int) {
    precondition(position >= 0 && position < count, "the position is one of the set's")
    words[position >> 6] &= ~(1 << UInt64(position & 63))
  }

  /// Keeps the positions that `other`, over as many positions, has as well.
  public mutating func formIntersection(_ other: Bitmap) { combine(other) { $0 & $1 } }

  /// Adds the positions of `other`, over as many positions.
  public mutating func formUnion(_ other: Bitmap) { combine(other) { $0 | $1 } }

  /// Takes out the positions of `other`, over as many positions.
  public mutating func subtract(_ other: Bitmap) { combine(other) { $0 & ~$1 } }

  /// Exchanges what is in the set and what is not.
  public mutating func invert() {
    for index in words.indices { words[index] = ~words[index] }
    clearTail()
  }

  /// Calls `body` for each position in the set, in ascending order.
  public func forEach(_ body: (Int) throws -> Void) rethrows {
    for (index, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        try body(index << 6 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }

  private mutating func combine(_ other: Bitmap, _ operation: (UInt64, UInt64) -> UInt64) {
    precondition(other.count == count, "both sets are over the same positions")
    for index in words.indices { words[index] = operation(words[index], other.words[index]) }
  }

  private mutating func clearTail() {
    if count % 64 != 0 { words[words.count - 1] &= 1 << UInt64(count % 64) - 1 }
  }
}
