#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Which row of a table of relative positions belongs to the distance between two tokens.
///
/// The table has `2 · span` rows: row `span` is distance 0, those below are for keys after the query, those above for
/// keys before it. Distances beyond the table share its first and last rows. With buckets, near distances have rows of
/// their own and far ones share logarithmically many (He and others 2023, arXiv:2111.09543).
package struct RelativeDistances: Sendable {
  /// Rows of the table on each side of distance 0.
  package let span: Int
  /// How long a text may be.
  package let longest: Int
  /// The row of query position minus key position, for the distances `longest − 1` down to `1 − longest`.
  let rows: [Int32]

  /// Every distance up to `span` has a row.
  ///
  /// - Parameters:
  ///   - span: At least 1.
  ///   - longest: How long a text may be; at least 1.
  package init(span: Int, longest: Int) {
    self.init(span: span, longest: longest) { $0 }
  }

  /// Distances up to half of `buckets` have a row each; those up to `maximumDistance` share the rest.
  ///
  /// - Parameters:
  ///   - buckets: Rows of each direction, at least 2.
  ///   - maximumDistance: More than half of `buckets`, and one more.
  ///   - longest: How long a text may be; at least 1.
  package init(buckets: Int, maximumDistance: Int, longest: Int) {
    let middle = buckets / 2
    precondition(middle >= 1 && maximumDistance - 1 > middle, "far distances have buckets to share")
    // Float32 throughout, as the reference computes it: the borders of the buckets depend on the rounding.
    let farthest = logf(Float(Double(maximumDistance - 1) / Double(middle)))
    self.init(span: buckets, longest: longest) { distance in
      if distance <= middle { return distance }
      return middle + Int((logf(Float(distance) / Float(middle)) / farthest * Float(middle - 1)).rounded(.up))
    }
  }

  /// - Parameter bucket: The bucket of a distance of at least 0; the other direction has its negative.
  private init(span: Int, longest: Int, bucket: (Int) -> Int) {
    precondition(span >= 1 && longest >= 1 && span <= Int(Int32.max) / 2, "there are rows and distances")
    self.span = span
    self.longest = longest
    // Buckets never fall, whatever a logarithm's rounding: all rows that some distances need stand between two of them.
    var highest = 0
    let buckets = (0..<longest).map { distance in
      highest = max(highest, min(bucket(distance), span))
      return highest
    }
    rows =
      buckets.reversed().map { Int32(min($0 + span, 2 * span - 1)) } + buckets.dropFirst().map { Int32(span - $0) }
  }

  /// The row of a distance, query position minus key position, less than `longest` either way.
  package func row(_ distance: Int) -> Int { Int(rows[longest - 1 - distance]) }
}
