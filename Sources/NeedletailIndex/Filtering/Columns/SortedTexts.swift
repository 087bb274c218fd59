/// Different texts in the order of their UTF-8 bytes, one after another in one array.
struct SortedTexts: Sendable {
  let bytes: [UInt8]
  /// Where each text ends.
  let ends: [UInt64]

  init(bytes: [UInt8], ends: [UInt64]) {
    self.bytes = bytes
    self.ends = ends
  }

  /// - Parameter texts: Sorted and different.
  init(_ texts: some Sequence<ExactText>) {
    var (bytes, ends): ([UInt8], [UInt64]) = ([], [])
    for text in texts {
      bytes += text.text.utf8
      ends.append(UInt64(bytes.count))
    }
    self.init(bytes: bytes, ends: ends)
  }

  var count: Int { ends.count }

  subscript(rank: Int) -> ArraySlice<UInt8> {
    bytes[(rank == 0 ? 0 : Int(ends[rank - 1]))..<Int(ends[rank])]
  }

  /// Whether each text lies before the next one.
  var isSorted: Bool { (1..<max(count, 1)).allSatisfy { self[$0 - 1].lexicographicallyPrecedes(self[$0]) } }

  /// How many texts lie before `text`.
  func lowerBound(_ text: ExactText) -> Int {
    let text = Array(text.text.utf8)
    return count.partition { self[$0].lexicographicallyPrecedes(text) }
  }

  /// How many texts lie before `text` or are equal to it.
  func upperBound(_ text: ExactText) -> Int {
    let text = Array(text.text.utf8)
    return count.partition { !text[...].lexicographicallyPrecedes(self[$0]) }
  }

  /// How many texts lie before `prefix` or start with it.
  func upperBound(prefix: ExactText) -> Int {
    let prefix = Array(prefix.text.utf8)
    return count.partition { !prefix[...].lexicographicallyPrecedes(self[$0].prefix(prefix.count)) }
  }
}

extension Int {
  /// The first of the numbers below this one for which a test fails that holds for none after it; this one if it holds
  /// for all.
  func partition(_ holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, self)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
