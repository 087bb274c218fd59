internal import NeedletailTensor

/// What no score of a block's rows is above: most rows hold nothing for a query, and this tells without looking at them.
struct ScoreBound: Sendable {
  private var leastScale = Float.infinity
  private var largestScale: Float = 0
  private var largestOffset = -Float.infinity

  /// Takes in a row.
  ///
  /// - Parameters:
  ///   - scale: What its sum is multiplied by, not negative.
  ///   - offset: What is added then.
  mutating func add(scale: Float, offset: Float) {
    leastScale = min(leastScale, scale)
    largestScale = max(largestScale, scale)
    largestOffset = max(largestOffset, offset)
  }

  /// Whether no row can be above a threshold; no row is ruled out where a number is none.
  ///
  /// - Parameter sum: The sum of a row that the terms make most of: the largest, or the least for a negative factor.
  func rulesOut(_ threshold: Float, _ sum: Int32, _ terms: PickedRows.Terms) -> Bool {
    let product = Float(sum) * terms.factor
    let value = product + terms.shift
    let most = value * (value < 0 ? leastScale : largestScale) + largestOffset
    let rounding = 1e-6 * ((abs(product) + abs(terms.shift)) * largestScale + abs(largestOffset))
    return most + rounding < threshold
  }
}
