public import NeedletailJSON

/// Makes the columns of metadata that comes position by position.
///
/// It holds each different string once and eight or more bytes for every value.
public struct AttributeColumnsBuilder {
  private var count = 0
  private var numbers: [Attribute: Int] = [:]
  private var parts: [Part] = []

  /// A builder without positions.
  public init() {}

  /// Adds the metadata of the next position.
  public mutating func append(_ metadata: JSON) { append(tree: metadata) }

  /// Adds the metadata of the next position.
  public mutating func append(_ metadata: JSONValue) { append(tree: metadata) }

  /// The columns of all positions.
  ///
  /// - Throws: ``IndexError`` with code `.outOfRange` for more than 4,294,967,295 positions or values of an attribute.
  public consuming func finish() throws(IndexError) -> AttributeColumns {
    guard count < UInt32.max else { throw IndexError(.outOfRange, "metadata", "columns have less than 2³² positions") }
    var columns: [Attribute: AttributeColumn] = [:]
    var schema = AttributeSchema()
    for (attribute, number) in numbers {
      guard parts[number].values < UInt32.max else {
        throw IndexError(.outOfRange, attribute.description, "an attribute has less than 2³² values in one index")
      }
      let column = parts[number].column(of: count)
      columns[attribute] = column
      schema.insert(attribute, column.kinds)
      // What has become a column is not held twice.
      parts[number] = Part()
    }
    return AttributeColumns(count: count, schema: schema, columns: LoadedColumns(columns))
  }

  private mutating func append(tree: some MetadataTree) {
    let position = UInt32(truncatingIfNeeded: count)
    count += 1
    tree.forEachAttribute { path, value in
      let attribute = Attribute(keys: path)
      let number = numbers[attribute] ?? parts.count
      if number == parts.count {
        numbers[attribute] = number
        parts.append(Part())
      }
      parts[number].append(value, position)
    }
  }

  /// What is known of one attribute.
  private struct Part {
    private var existing: [UInt32] = []
    private var nulls: [UInt32] = []
    private var falses: [UInt32] = []
    private var trues: [UInt32] = []
    private var wholes: [Int64] = []
    private var wholePositions: [UInt32] = []
    private var doubles: [Double] = []
    private var doublePositions: [UInt32] = []
    private var textNumbers: [ExactText: UInt32] = [:]
    private var texts: [UInt32] = []
    private var textPositions: [UInt32] = []
    private var lastWithValue: UInt32?
    private var isSingle = true

    var values: Int { max(wholes.count, doubles.count, texts.count) }

    mutating func append(_ value: AttributeValue?, _ position: UInt32) {
      Self.append(position, to: &existing)
      guard let value else { return }
      if lastWithValue == position { isSingle = false }
      lastWithValue = position
      switch value {
      case .null: Self.append(position, to: &nulls)
      case .boolean(false): Self.append(position, to: &falses)
      case .boolean(true): Self.append(position, to: &trues)
      case .number(let number):
        switch number.form {
        case .whole(let whole):
          wholes.append(whole)
          wholePositions.append(position)
        case .double(let double):
          doubles.append(double)
          doublePositions.append(position)
        }
      case .string(let string):
        let text = ExactText(string)
        let number = textNumbers[text] ?? UInt32(truncatingIfNeeded: textNumbers.count)
        textNumbers[text] = number
        texts.append(number)
        textPositions.append(position)
      }
    }

    private static func append(_ position: UInt32, to positions: inout [UInt32]) {
      if positions.last != position { positions.append(position) }
    }

    func column(of count: Int) -> AttributeColumn {
      let (wholeValues, wholeRanks) = Self.ranked(wholes)
      let (doubleValues, doubleRanks) = Self.ranked(doubles)
      let sorted = textNumbers.sorted { $0.key < $1.key }
      var ranks = [UInt32](repeating: 0, count: sorted.count)
      for (rank, entry) in sorted.enumerated() { ranks[Int(entry.value)] = UInt32(rank) }
      return AttributeColumn(
        existing: PositionSet(existing, of: count), nulls: PositionSet(nulls, of: count),
        falses: PositionSet(falses, of: count), trues: PositionSet(trues, of: count), wholes: wholeValues,
        wholePositions: .init(ranks: wholeRanks, positions: wholePositions, values: wholeValues.count, of: count),
        doubles: doubleValues,
        doublePositions: .init(ranks: doubleRanks, positions: doublePositions, values: doubleValues.count, of: count),
        texts: SortedTexts(sorted.lazy.map(\.key)),
        textPositions: .init(
          ranks: texts.map { ranks[Int($0)] }, positions: textPositions, values: sorted.count, of: count),
        isSingle: isSingle)
    }

    /// The different values in order, and the place of each value among them.
    private static func ranked<Value: Comparable>(_ values: [Value]) -> (values: [Value], ranks: [UInt32]) {
      var different: [Value] = []
      for value in values.sorted() where different.last != value { different.append(value) }
      return (different, values.map { value in UInt32(different.count.partition { different[$0] < value }) })
    }
  }
}
