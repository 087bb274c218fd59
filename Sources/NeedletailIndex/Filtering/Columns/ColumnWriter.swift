/// Writes columns as bytes: numbers are little-endian, lists have their lengths before them.
struct ColumnWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    for byte in 0..<(Number.bitWidth / 8) { bytes.append(UInt8(truncatingIfNeeded: number >> Number(8 * byte))) }
  }

  /// A list with its length.
  mutating func append<Number: FixedWidthInteger>(_ numbers: [Number]) {
    append(UInt64(numbers.count))
    bytes.reserveCapacity(bytes.count + numbers.count * Number.bitWidth / 8)
    for number in numbers { append(number) }
  }

  mutating func append(_ text: ExactText) { append(Array(text.text.utf8)) }

  mutating func append(_ set: PositionSet) {
    switch set {
    case .listed(let positions):
      append(UInt8(0))
      append(positions)
    case .bits(let bits, _):
      append(UInt8(1))
      append(bits.words)
    }
  }

  mutating func append(_ positions: RankedPositions) {
    append(positions.offsets)
    append(positions.listed)
    append(UInt64(positions.frequent.count))
    for value in positions.frequent {
      append(UInt32(value.rank))
      append(value.bits.words)
    }
  }

  mutating func append(_ column: AttributeColumn) {
    append(UInt8(column.isSingle ? 1 : 0))
    for set in [column.existing, column.nulls, column.falses, column.trues] { append(set) }
    append(column.wholes)
    append(column.wholePositions)
    append(column.doubles.map(\.bitPattern))
    append(column.doublePositions)
    append(column.texts.bytes)
    append(column.texts.ends)
    append(column.textPositions)
  }
}
