/// The suffixes of a text in order, by induced sorting (SA-IS: Nong, Zhang and Chan 2011, doi:10.1109/TC.2010.188).
enum SuffixArray {
  /// Where the suffixes of `text` start, smallest first.
  ///
  /// - Parameters:
  ///   - text: Symbols from 0 up to and without `alphabet`; the last is 0, which stands nowhere else.
  ///   - alphabet: How many symbols there are.
  /// - Complexity: O(text) in time, 8 bytes a symbol beside text and result.
  static func positions(_ text: [Int32], alphabet: Int) -> [Int32] {
    let count = text.count
    guard count > 1 else { return text.isEmpty ? [] : [0] }
    var array = [Int32](repeating: -1, count: count)
    // Whether a suffix is smaller than the one after it.
    var rises = [Bool](repeating: false, count: count)
    rises[count - 1] = true
    for index in stride(from: count - 2, through: 0, by: -1) {
      rises[index] = text[index] < text[index + 1] || (text[index] == text[index + 1] && rises[index + 1])
    }
    let buckets = Buckets(text, alphabet: alphabet)

    var ends = buckets.ends
    for index in 1..<count where rises[index] && !rises[index - 1] {
      let symbol = Int(text[index])
      ends[symbol] -= 1
      array[Int(ends[symbol])] = Int32(index)
    }
    induce(text, rises, buckets, &array)

    let valleys = gatherValleys(rises, &array)
    let names = nameValleys(text, rises, valleys, &array)
    var reduced: [Int32] = []
    reduced.reserveCapacity(valleys)
    for index in valleys..<count where array[index] >= 0 { reduced.append(array[index]) }
    let order: [Int32]
    if names < valleys {
      order = positions(reduced, alphabet: names)
    } else {
      var direct = [Int32](repeating: 0, count: valleys)
      for (index, name) in reduced.enumerated() { direct[Int(name)] = Int32(index) }
      order = direct
    }
    var starts: [Int32] = []
    starts.reserveCapacity(valleys)
    for index in 1..<count where rises[index] && !rises[index - 1] { starts.append(Int32(index)) }

    for index in array.indices { array[index] = -1 }
    ends = buckets.ends
    for rank in stride(from: valleys - 1, through: 0, by: -1) {
      let start = starts[Int(order[rank])]
      let symbol = Int(text[Int(start)])
      ends[symbol] -= 1
      array[Int(ends[symbol])] = start
    }
    induce(text, rises, buckets, &array)
    return array
  }

  /// The part of the array that belongs to each first symbol.
  private struct Buckets {
    var starts: [Int32]
    var ends: [Int32]

    init(_ text: [Int32], alphabet: Int) {
      ends = Array(repeating: 0, count: alphabet)
      for symbol in text { ends[Int(symbol)] += 1 }
      starts = ends
      var sum: Int32 = 0
      for symbol in 0..<alphabet {
        starts[symbol] = sum
        sum += ends[symbol]
        ends[symbol] = sum
      }
    }
  }

  /// Puts all suffixes into their places, given those that rise after a fall.
  private static func induce(_ text: [Int32], _ rises: [Bool], _ buckets: Buckets, _ array: inout [Int32]) {
    var heads = buckets.starts
    for rank in array.indices {
      let before = Int(array[rank]) - 1
      guard before >= 0, !rises[before] else { continue }
      let symbol = Int(text[before])
      array[Int(heads[symbol])] = Int32(before)
      heads[symbol] += 1
    }
    var tails = buckets.ends
    for rank in stride(from: array.count - 1, through: 0, by: -1) {
      let before = Int(array[rank]) - 1
      guard before >= 0, rises[before] else { continue }
      let symbol = Int(text[before])
      tails[symbol] -= 1
      array[Int(tails[symbol])] = Int32(before)
    }
  }

  /// Moves the suffixes that rise after a fall to the front, in order, clears the rest and returns their number.
  private static func gatherValleys(_ rises: [Bool], _ array: inout [Int32]) -> Int {
    var count = 0
    for rank in array.indices {
      let start = Int(array[rank])
      guard start > 0, rises[start], !rises[start - 1] else { continue }
      array[count] = Int32(start)
      count += 1
    }
    for rank in count..<array.count { array[rank] = -1 }
    return count
  }

  /// Gives equal stretches between valleys equal names; the names stand behind the valleys, in the order of the text.
  private static func nameValleys(_ text: [Int32], _ rises: [Bool], _ valleys: Int, _ array: inout [Int32]) -> Int {
    var names: Int32 = 0
    var previous = -1
    for rank in 0..<valleys {
      let start = Int(array[rank])
      if previous >= 0, !isSameStretch(text, rises, previous, start) { names += 1 }
      if previous < 0 { names = 0 }
      previous = start
      array[valleys + start / 2] = names
    }
    return Int(names) + 1
  }

  private static func isSameStretch(_ text: [Int32], _ rises: [Bool], _ one: Int, _ other: Int) -> Bool {
    let last = text.count - 1
    if one == last || other == last { return false }
    var offset = 0
    while true {
      let (first, second) = (one + offset, other + offset)
      if first > last || second > last { return false }
      guard text[first] == text[second], rises[first] == rises[second] else { return false }
      if offset > 0 {
        let (firstEnds, secondEnds) = (rises[first] && !rises[first - 1], rises[second] && !rises[second - 1])
        if firstEnds || secondEnds { return firstEnds && secondEnds }
      }
      offset += 1
    }
  }
}

/// A stretch of text that stands in several places, each time followed by something else.
struct RepeatedStretch {
  /// The rank of the first suffix that begins with it.
  var rank: Int32
  /// How many suffixes do.
  var frequency: Int32
  var length: Int32
}

extension SuffixArray {
  /// All stretches that are repeated and cannot be made longer on the right without becoming rarer, by the common
  /// prefixes of neighbouring suffixes (Kasai and others 2001, doi:10.1007/3-540-48194-X_17).
  ///
  /// - Parameter isWanted: Asked for each with its start in the text.
  static func repeatedStretches(
    _ text: [Int32], _ array: [Int32], where isWanted: (_ start: Int, _ length: Int) -> Bool
  ) -> [RepeatedStretch] {
    let heights = commonPrefixes(text, array)
    var result: [RepeatedStretch] = []
    // Open intervals: the rank where each begins and the length of what its suffixes share.
    var open: [(rank: Int, height: Int32)] = []
    for rank in 1...array.count {
      let height = rank < array.count ? heights[rank] : 0
      var first = rank - 1
      while let top = open.last, top.height > height {
        open.removeLast()
        first = top.rank
        if isWanted(Int(array[first]), Int(top.height)) {
          result.append(
            RepeatedStretch(rank: Int32(first), frequency: Int32(rank - first), length: top.height))
        }
      }
      if height > 0, open.last.map({ $0.height < height }) ?? true { open.append((first, height)) }
    }
    return result
  }

  /// How many symbols each suffix shares with the one before it in order.
  private static func commonPrefixes(_ text: [Int32], _ array: [Int32]) -> [Int32] {
    let count = text.count
    var before = [Int32](repeating: -1, count: count)
    for rank in 1..<count { before[Int(array[rank])] = array[rank - 1] }
    var length = 0
    for position in 0..<count {
      let other = Int(before[position])
      guard other >= 0 else {
        length = 0
        continue
      }
      while position + length < count, other + length < count, text[position + length] == text[other + length] {
        length += 1
      }
      before[position] = Int32(length)
      if length > 0 { length -= 1 }
    }
    var heights = [Int32](repeating: 0, count: count)
    for rank in 1..<count { heights[rank] = before[Int(array[rank])] }
    return heights
  }
}
