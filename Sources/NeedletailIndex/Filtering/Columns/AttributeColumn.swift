/// All values of one attribute, by type, with the positions that have them.
struct AttributeColumn: Sendable {
  /// Positions where the attribute is there, values or not.
  let existing: PositionSet
  let nulls: PositionSet
  let falses: PositionSet
  let trues: PositionSet
  /// Whole numbers of 64 bits, ascending.
  let wholes: [Int64]
  let wholePositions: RankedPositions
  /// Other numbers, ascending.
  let doubles: [Double]
  let doublePositions: RankedPositions
  let texts: SortedTexts
  let textPositions: RankedPositions
  /// Whether no position has two values, so that populations may be added up.
  let isSingle: Bool

  /// Positions that have something in common.
  enum Part {
    case set(PositionSet)
    case ranks(RankedPositions, Range<Int>)

    var population: Int {
      switch self {
      case .set(let set): set.population
      case .ranks(let positions, let ranks): positions.population(ranks)
      }
    }

    func insert(into bitmap: inout Bitmap) {
      switch self {
      case .set(let set): set.insert(into: &bitmap)
      case .ranks(let positions, let ranks): positions.insert(ranks, into: &bitmap)
      }
    }
  }

  /// The types of the values.
  var kinds: AttributeSchema.Kinds {
    var kinds: AttributeSchema.Kinds = []
    if nulls.population > 0 { kinds.insert(.null) }
    if falses.population + trues.population > 0 { kinds.insert(.booleans) }
    if wholes.count + doubles.count > 0 { kinds.insert(.numbers) }
    if texts.count > 0 { kinds.insert(.strings) }
    return kinds
  }

  /// The memory it takes, in bytes.
  var bytes: Int {
    existing.bytes + nulls.bytes + falses.bytes + trues.bytes + 8 * (wholes.count + doubles.count)
      + texts.bytes.count + 8 * texts.count + wholePositions.bytes + doublePositions.bytes + textPositions.bytes
  }

  /// Positions with a value equal to a given one.
  func equal(to value: AttributeValue) -> [Part] {
    switch value {
    case .null: [.set(nulls)]
    case .boolean(let isTrue): [.set(isTrue ? trues : falses)]
    case .number(let number): range(from: numberRanks { $0 < number }, to: numberRanks { $0 <= number })
    case .string(let text):
      [.ranks(textPositions, texts.lowerBound(ExactText(text))..<texts.upperBound(ExactText(text)))]
    }
  }

  /// Positions with a value that compares to a given one so.
  ///
  /// - Parameter comparison: One that asks for an order.
  func ordered(_ comparison: Filter.Comparison, _ value: AttributeValue) -> [Part] {
    let isBelow = comparison == .less || comparison == .lessOrEqual
    // The values up to the given one, or all but those.
    let isInclusive = comparison == .lessOrEqual || comparison == .greater
    switch value {
    case .number(let number):
      let border = numberRanks { isInclusive ? $0 <= number : $0 < number }
      return isBelow
        ? range(from: (0, 0), to: border) : range(from: border, to: (wholes.count, doubles.count))
    case .string(let text):
      let border = isInclusive ? texts.upperBound(ExactText(text)) : texts.lowerBound(ExactText(text))
      return [.ranks(textPositions, isBelow ? 0..<border : border..<texts.count)]
    case .null, .boolean: return []
    }
  }

  /// Positions with a string that starts with `prefix`.
  func prefixed(_ prefix: ExactText) -> [Part] {
    [.ranks(textPositions, texts.lowerBound(prefix)..<texts.upperBound(prefix: prefix))]
  }

  /// How many whole numbers and how many others pass a test that holds for none above.
  private func numberRanks(_ holds: (AttributeNumber) -> Bool) -> (wholes: Int, doubles: Int) {
    (
      wholes.count.partition { holds(AttributeNumber(Int(wholes[$0]))) },
      doubles.count.partition { AttributeNumber(doubles[$0]).map(holds) ?? false }
    )
  }

  private func range(from low: (wholes: Int, doubles: Int), to high: (wholes: Int, doubles: Int)) -> [Part] {
    [.ranks(wholePositions, low.wholes..<high.wholes), .ranks(doublePositions, low.doubles..<high.doubles)]
  }
}
