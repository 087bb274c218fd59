/// One scalar of a changed text and what it did to the text before.
struct ScalarChange {
  var scalar: UInt32
  /// 0 replaces one scalar, 1 is new beside its left neighbour, −n replaces one and removes the n after it.
  var change: Int
  /// The canonical combining class.
  var order: UInt8

  init(_ scalar: UInt32, _ change: Int) {
    self.scalar = scalar
    self.change = change
    order = ScalarProperties(scalar).combiningClass
  }

  init(scalar: UInt32, change: Int, order: UInt8) {
    self.scalar = scalar
    self.change = change
    self.order = order
  }
}

/// A text on its way through the pipeline, every scalar with the scalars of the original that it stands for.
struct NormalizedText {
  private(set) var scalars: [UInt32]
  /// First original scalar of each scalar, and the one after its last.
  private(set) var starts: [Int32]
  private(set) var ends: [Int32]
  /// Where in the original this text begins.
  private let origin: Int32

  var count: Int { scalars.count }

  init(_ text: String) {
    let bytes = Array(text.utf8)
    self.init(bytes, bytes.indices, firstScalar: 0)
  }

  /// A range of well-formed UTF-8.
  ///
  /// - Parameter firstScalar: How many scalars of the original come before.
  init(_ bytes: [UInt8], _ range: Range<Int>, firstScalar: Int32) {
    var scalars: [UInt32] = []
    scalars.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let (scalar, length) = bytes.scalar(at: index)
      scalars.append(scalar)
      index += length
    }
    let end = firstScalar + Int32(truncatingIfNeeded: scalars.count)
    self.scalars = scalars
    starts = Array(firstScalar..<end)
    ends = Array((firstScalar + 1)..<(end + 1))
    origin = firstScalar
  }

  init(slicing text: NormalizedText, _ range: Range<Int>) {
    scalars = Array(text.scalars[range])
    starts = Array(text.starts[range])
    ends = Array(text.ends[range])
    origin = starts.first ?? 0
  }

  /// The scalars of the original that a range stands for.
  func original(_ range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    let start = Int(starts[range.lowerBound])
    return start..<max(start, Int(ends[range.upperBound - 1]))
  }

  /// A range as a string.
  func string(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    for value in scalars[range] { view.append(Unicode.Scalar(value) ?? "\u{FFFD}") }
    return String(view)
  }

  /// Puts changed scalars in place of all, after removing the first ones.
  mutating func transform(_ changes: [ScalarChange], removingFirst removed: Int = 0) {
    var position = removed
    var newScalars: [UInt32] = []
    var newStarts: [Int32] = []
    var newEnds: [Int32] = []
    newScalars.reserveCapacity(changes.count)
    newStarts.reserveCapacity(changes.count)
    newEnds.reserveCapacity(changes.count)
    for change in changes {
      let source = change.change > 0 ? position - 1 : position
      newScalars.append(change.scalar)
      newStarts.append(starts.indices.contains(source) ? starts[source] : origin)
      newEnds.append(ends.indices.contains(source) ? ends[source] : origin)
      if change.change <= 0 { position += 1 - change.change }
    }
    scalars = newScalars
    starts = newStarts
    ends = newEnds
  }

  /// Keeps the scalars that pass, each with its own place in the original.
  mutating func filter(_ keeps: (UInt32) -> Bool) {
    var kept = 0
    for index in scalars.indices where keeps(scalars[index]) {
      scalars[kept] = scalars[index]
      starts[kept] = starts[index]
      ends[kept] = ends[index]
      kept += 1
    }
    keepFirst(kept)
  }

  /// Keeps a range.
  mutating func keep(_ range: Range<Int>) {
    self = NormalizedText(slicing: self, range, origin: origin)
  }

  /// Replaces each scalar by one other.
  mutating func map(_ replacement: (UInt32) -> UInt32) {
    for index in scalars.indices { scalars[index] = replacement(scalars[index]) }
  }

  /// Makes every letter lowercase where each becomes one scalar.
  ///
  /// - Parameter first: Where the first letter stands that changes.
  /// - Returns: Whether that was so; if not, nothing is changed.
  mutating func lowercaseInPlace(from first: Int) -> Bool {
    for index in first..<count where scalars[index] >= 0x80 && ScalarProperties(scalars[index]).hasLowercase {
      var mapping = ScalarMapping.lowercase(of: scalars[index])
      guard mapping.next() != nil, mapping.next() == nil else { return false }
    }
    for index in first..<count {
      let scalar = scalars[index]
      if scalar < 0x80 {
        if (0x41...0x5A).contains(scalar) { scalars[index] = scalar + 32 }
      } else if ScalarProperties(scalar).hasLowercase {
        var mapping = ScalarMapping.lowercase(of: scalar)
        scalars[index] = mapping.next() ?? scalar
      }
    }
    return true
  }

  /// Puts other scalars in place of all, each standing for what the scalar at its source stood for; those whose source
  /// is −1 stand for nothing before the first.
  mutating func rewrite(_ newScalars: [UInt32], sources: [Int]) {
    scalars = newScalars
    starts = sources.map { $0 < 0 ? origin : starts[$0] }
    ends = sources.map { $0 < 0 ? origin : ends[$0] }
  }

  /// Puts other scalars in place of all, each standing for the text from its source to the next one's.
  mutating func rewrite(_ newScalars: [UInt32], from sources: [Int], end: Int) {
    let places = starts + [ends.last ?? origin]
    scalars = newScalars
    starts = sources.map { places[$0] }
    ends = sources.dropFirst().map { places[$0] } + (sources.isEmpty ? [] : [places[end]])
  }

  /// Inserts a scalar at ascending positions; each stands for what the scalar after it stands for.
  mutating func insert(_ scalar: UInt32, at positions: [Int]) {
    if positions.count == 1 {
      scalars.insert(scalar, at: positions[0])
      starts.insert(starts[positions[0]], at: positions[0])
      ends.insert(ends[positions[0]], at: positions[0])
      return
    }
    var newScalars: [UInt32] = []
    var sources: [Int] = []
    var next = positions[...]
    for index in scalars.indices {
      if index == next.first {
        newScalars.append(scalar)
        sources.append(index)
        next.removeFirst()
      }
      newScalars.append(scalars[index])
      sources.append(index)
    }
    rewrite(newScalars, sources: sources)
  }

  private mutating func keepFirst(_ count: Int) {
    scalars.removeLast(scalars.count - count)
    starts.removeLast(starts.count - count)
    ends.removeLast(ends.count - count)
  }

  private init(slicing text: NormalizedText, _ range: Range<Int>, origin: Int32) {
    scalars = Array(text.scalars[range])
    starts = Array(text.starts[range])
    ends = Array(text.ends[range])
    self.origin = origin
  }
}
