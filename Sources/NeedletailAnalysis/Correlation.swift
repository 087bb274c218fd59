/// How strongly two lists of numbers go together.
///
///     let score = Correlation.spearman(cosines, judgements)
///
/// Both measures lie between −1 and 1 and are not-a-number where they are undefined: fewer than two pairs, a list
/// whose values are all equal, or a value that is not finite.
public enum Correlation {
  /// Returns Pearson's product-moment correlation, the strength of a linear relation.
  ///
  /// Computed from centred, scaled values, so that large offsets and magnitudes cost no digits.
  ///
  /// - Parameters:
  ///   - first: The values of one quantity.
  ///   - second: The values of the other, as many as `first`.
  /// - Returns: −1…1, or not-a-number where undefined.
  public static func pearson(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count, "a correlation needs pairs: lists of equal length")
    guard first.count >= 2, let x = unitDeviations(first), let y = unitDeviations(second) else { return .nan }
    let product = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    return max(-1, min(1, product))
  }

  /// Returns Spearman's rank correlation, the strength of a monotonic relation; tied values share their mean rank.
  ///
  /// - Parameters:
  ///   - first: The values of one quantity.
  ///   - second: The values of the other, as many as `first`.
  /// - Returns: −1…1, or not-a-number where undefined.
  /// - Complexity: O(n log n).
  public static func spearman(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count, "a correlation needs pairs: lists of equal length")
    guard !first.contains(where: \.isNaN), !second.contains(where: \.isNaN) else { return .nan }
    return pearson(ranks(first), ranks(second))
  }

  /// Returns the rank of every value, counted from 1 upward; equal values get the mean of the ranks they take up.
  ///
  /// - Parameter values: Numbers, none of them not-a-number.
  /// - Complexity: O(n log n).
  public static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }

  /// The values less their mean, at length 1; `nil` where they are all equal or not finite.
  private static func unitDeviations(_ values: [Double]) -> [Double]? {
    guard values.allSatisfy(\.isFinite), let first = values.first, values.contains(where: { $0 != first }) else {
      return nil
    }
    // Scaling first keeps the sums of extreme values finite.
    let scale = values.reduce(0) { max($0, $1.magnitude) }
    let scaled = values.map { $0 / scale }
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    let deviations = scaled.map { $0 - mean }
    let largest = deviations.reduce(0) { max($0, $1.magnitude) }
    guard largest > 0 else { return nil }
    let length = deviations.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot() * largest
    return deviations.map { $0 / length }
  }
}
