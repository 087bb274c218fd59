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
    var flat = [UInt32](repeating: 0, count: Int(ScalarSet.largest) + 1)
    for (interval, start) in starts.enumerated() {
      let letter: UInt32
      if let known = letterOf[members[interval]] {
        letter = known
      } else {
        letter = UInt32(letterOf.count)
        letterOf[members[interval]] = letter
        for number in members[interval] { found[sets[number]]?.append(letter...letter) }
      }
      let end = interval + 1 < starts.count ? Int(starts[interval + 1]) : flat.count
      if letter != 0 { for scalar in Int(start)..<end { flat[scalar] = letter } }
    }
    var pageOf: [ArraySlice<UInt32>: UInt16] = [:]
    var index: [UInt16] = []
    var pages: [UInt32] = []
    for start in stride(from: 0, to: flat.count, by: 256) {
      let page = flat[start..<(start + 256)]
      if let known = pageOf[page] {
        index.append(known)
      } else {
        let number = UInt16(truncatingIfNeeded: pageOf.count)
        pageOf[page] = number
        index.append(number)
        pages += page
      }
    }
    count = letterOf.count
    self.index = index
    self.pages = pages
    letters = found.mapValues { ScalarSet($0) }
    isIdentity = false
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
