/// Reads what ``ColumnWriter`` wrote, and believes nothing of it.
struct ColumnReader {
  private let bytes: [UInt8]
  private var position = 0
  /// What errors name.
  let subject: String
  /// How many positions there are.
  let count: Int

  init(_ bytes: [UInt8], subject: String, count: Int) {
    self.bytes = bytes
    self.subject = subject
    self.count = count
  }

  /// An error at the place that was read last.
  func error(_ message: String) -> IndexError {
    IndexError(.damaged, subject, "\(message) (before byte \(position)); rebuild the index")
  }

  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(IndexError) -> Number {
    let width = Number.bitWidth / 8
    guard bytes.count - position >= width else { throw error("the bytes end too early") }
    defer { position += width }
    return number(at: position)
  }

  private func number<Number: FixedWidthInteger>(at place: Int) -> Number {
    var value: Number = 0
    for byte in 0..<(Number.bitWidth / 8) {
      value |= Number(truncatingIfNeeded: bytes[place + byte]) << Number(8 * byte)
    }
    return value
  }

  /// A list, its length before it.
  mutating func list<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(IndexError) -> [Number] {
    let width = Number.bitWidth / 8
    let length = try number(UInt64.self)
    guard length <= UInt64((bytes.count - position) / width) else { throw error("a list is longer than the bytes") }
    let start = position
    position += Int(length) * width
    return (0..<Int(length)).map { number(at: start + $0 * width) }
  }

  mutating func text() throws(IndexError) -> ExactText {
    guard let text = String(validating: try list(UInt8.self), as: UTF8.self) else { throw error("a key is no UTF-8") }
    return ExactText(text)
  }

  mutating func end() throws(IndexError) {
    guard position == bytes.count else { throw error("there are more bytes than expected") }
  }

  private mutating func bitmap() throws(IndexError) -> Bitmap {
    let words = try list(UInt64.self)
    guard words.count == (count + 63) / 64 else { throw error("a set of bits is not over \(count) positions") }
    return Bitmap(count: count, words: words)
  }

  private func checkAscending(_ positions: ArraySlice<UInt32>) throws(IndexError) {
    guard positions.last.map({ $0 < count }) ?? true, zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw error("positions do not ascend, or are not below \(count)") }
  }

  mutating func set() throws(IndexError) -> PositionSet {
    switch try number(UInt8.self) {
    case 0:
      let positions = try list(UInt32.self)
      try checkAscending(positions[...])
      return .listed(positions)
    case 1:
      let bits = try bitmap()
      return .bits(bits, population: bits.population)
    default: throw error("a set is neither a list nor bits")
    }
  }

  /// - Parameter values: How many values the column has.
  mutating func positions(of values: Int) throws(IndexError) -> RankedPositions {
    let (offsets, listed) = (try list(UInt32.self), try list(UInt32.self))
    guard offsets.count == values + 1, offsets[0] == 0, Int(offsets[values]) == listed.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw error("places of positions do not ascend from 0 to \(listed.count)") }
    let frequentCount = try number(UInt64.self)
    guard frequentCount <= UInt64(values) else { throw error("more frequent values than values") }
    var frequent: [RankedPositions.Frequent] = []
    for _ in 0..<frequentCount {
      let rank = Int(try number(UInt32.self))
      guard rank < values, rank > frequent.last?.rank ?? -1, offsets[rank] == offsets[rank + 1] else {
        throw error("a frequent value is out of order")
      }
      let bits = try bitmap()
      frequent.append(.init(rank: rank, population: bits.population, bits: bits))
    }
    for rank in 0..<values where offsets[rank] < offsets[rank + 1] {
      try checkAscending(listed[Int(offsets[rank])..<Int(offsets[rank + 1])])
    }
    return RankedPositions(offsets: offsets, listed: listed, frequent: frequent)
  }

  mutating func column() throws(IndexError) -> AttributeColumn {
    let isSingle = try number(UInt8.self)
    guard isSingle <= 1 else { throw error("a flag is neither 0 nor 1") }
    let (existing, nulls, falses, trues) = (try set(), try set(), try set(), try set())
    let wholes = try list(Int64.self)
    guard zip(wholes, wholes.dropFirst()).allSatisfy({ $0 < $1 }) else { throw error("numbers do not ascend") }
    let wholePositions = try positions(of: wholes.count)
    let doubles = try list(UInt64.self).map { Double(bitPattern: $0) }
    guard doubles.allSatisfy({ $0.isFinite && Int64(exactly: $0) == nil }),
      zip(doubles, doubles.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw error("numbers do not ascend, or are whole") }
    let doublePositions = try positions(of: doubles.count)
    let (bytes, ends) = (try list(UInt8.self), try list(UInt64.self))
    guard ends.last ?? 0 == UInt64(bytes.count), zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw error("ends of texts do not ascend to \(bytes.count)")
    }
    let texts = SortedTexts(bytes: bytes, ends: ends)
    guard texts.isSorted else { throw error("texts are not in order") }
    return AttributeColumn(
      existing: existing, nulls: nulls, falses: falses, trues: trues, wholes: wholes, wholePositions: wholePositions,
      doubles: doubles, doublePositions: doublePositions, texts: texts, textPositions: try positions(of: texts.count),
      isSingle: isSingle == 1)
  }
}
