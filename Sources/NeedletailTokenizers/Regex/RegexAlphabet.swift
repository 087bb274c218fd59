/// The letters that an expression tells apart: scalars that no set of it separates are one letter.
///
/// Texts are translated to letters before they are searched, so the engine sees small numbers, looks sets up in bitmaps
/// and needs no Unicode tables of its own.
struct RegexAlphabet: Sendable {
  /// How many letters there are.
  let count: Int
  /// The page of letters of each 256 scalars.
  private let index: [UInt16]
  private let pages: [UInt32]
  private let letters: [ScalarSet: ScalarSet]
  private let isIdentity: Bool

  /// Every scalar is its own letter, as references to groups need it.
  init() {
    count = Int(ScalarSet.largest) + 1
    index = []
    pages = []
    letters = [:]
    isIdentity = true
  }

  /// - Parameter sets: The sets of the expression.
  init(telling sets: Set<ScalarSet>) {
    let sets = Array(sets)
    var bounds: Set<UInt32> = [0]
    for set in sets {
      for range in set.ranges {
        bounds.insert(range.lowerBound)
        if range.upperBound < ScalarSet.largest { bounds.insert(range.upperBound + 1) }
      }
    }
    let starts = bounds.sorted()
    var members: [[Int]] = Array(repeating: [], count: starts.count)
    for (number, set) in sets.enumerated() {
      var interval = 0
      for range in set.ranges {
        while starts[interval] < range.lowerBound { interval += 1 }
        while interval < starts.count, starts[interval] <= range.upperBound {
          members[interval].append(number)
          interval += 1
        }
        interval = max(0, interval - 1)
      }
    }
    var letterOf: [[Int]: UInt32] = [:]
    var found: [ScalarSet: [ClosedRange<UInt32>]] = [:]
    for set in sets { found[set] = [] }
    var intervals: [UInt32] = []
    intervals.reserveCapacity(starts.count)
    for interval in starts.indices {
      if let known = letterOf[members[interval]] {
        intervals.append(known)
        continue
      }
      let letter = UInt32(letterOf.count)
      letterOf[members[interval]] = letter
      for number in members[interval] { found[sets[number]]?.append(letter...letter) }
      intervals.append(letter)
    }
    (index, pages) = Self.pages(starts, intervals)
    count = letterOf.count
    letters = found.mapValues { ScalarSet($0) }
    isIdentity = false
  }

  /// Pages of 256 letters, those that are the same only once.
  private static func pages(_ starts: [UInt32], _ letters: [UInt32]) -> (index: [UInt16], pages: [UInt32]) {
    var pageOf: [[UInt32]: UInt16] = [:]
    var index: [UInt16] = []
    var pages: [UInt32] = []
    var interval = 0
    for start in stride(from: UInt32(0), through: ScalarSet.largest, by: 256) {
      var page: [UInt32] = []
      // A page within one interval is known by its letter alone.
      while interval + 1 < starts.count, starts[interval + 1] <= start { interval += 1 }
      let isPlain = interval + 1 == starts.count || starts[interval + 1] >= start + 256
      if isPlain {
        page = [letters[interval]]
      } else {
        for scalar in start..<(start + 256) {
          while interval + 1 < starts.count, starts[interval + 1] <= scalar { interval += 1 }
          page.append(letters[interval])
        }
      }
      if let known = pageOf[page] {
        index.append(known)
        continue
      }
      let number = UInt16(truncatingIfNeeded: pageOf.count)
      pageOf[page] = number
      index.append(number)
      pages += isPlain ? Array(repeating: page[0], count: 256) : page
    }
    return (index, pages)
  }

  /// The letters of a set of the expression.
  func letters(of set: ScalarSet) -> ScalarSet { isIdentity ? set : letters[set] ?? .none }

  /// A text in letters.
  func translate(_ scalars: ArraySlice<UInt32>) -> [UInt32] {
    guard !isIdentity else { return Array(scalars) }
    var result: [UInt32] = []
    result.reserveCapacity(scalars.count)
    for scalar in scalars {
      result.append(
        scalar <= ScalarSet.largest ? pages[Int(index[Int(scalar >> 8)]) << 8 | Int(scalar & 255)] : 0)
    }
    return result
  }
}
