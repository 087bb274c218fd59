internal import NeedletailTensor

/// What no score of a tile's rows is above: most tiles hold nothing for a query, and this tells without looking at rows.
struct TileBound {
  private var leastScale: Float = 1
  private var largestScale: Float = 1
  private var largestOffset: Float = 0

  /// - Parameters:
  ///   - scales: One for each row, none negative, or none where all are 1.
  ///   - offsets: One for each row, or none where all are 0.
  init(scales: Span<Float>, offsets: Span<Float>) {
    if !scales.isEmpty { (leastScale, largestScale) = Self.range(scales) }
    if !offsets.isEmpty { largestOffset = Self.range(offsets).largest }
  }

  private static func range(_ values: Span<Float>) -> (least: Float, largest: Float) {
    var (least, largest) = (values[0], values[0])
    for index in values.indices {
      least = min(least, values[index])
      largest = max(largest, values[index])
    }
    return (least, largest)
  }

  /// Whether no row can be above a threshold; a threshold or terms that are no numbers are above nothing.
  ///
  /// - Parameters:
  ///   - lowest: The least of the rows' sums.
  ///   - highest: The largest.
  func rulesOut(_ threshold: Float, lowest: Int32, highest: Int32, _ terms: PickedRows.Terms) -> Bool {
    let product = Float(terms.factor < 0 ? lowest : highest) * terms.factor
    let value = product + terms.shift
    let most = value * (value < 0 ? leastScale : largestScale) + largestOffset
    let rounding = 1e-6 * ((abs(product) + abs(terms.shift)) * largestScale + abs(largestOffset))
    return most + rounding < threshold
  }
}
