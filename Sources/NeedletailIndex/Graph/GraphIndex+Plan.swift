extension GraphIndex {
  /// How a search will be answered.
  ///
  /// A walk keeps so many vectors that as many as usual of them match, if matches are spread evenly; a scan reads every
  /// match. The one that reads less is chosen. A walk that meets too few matches, because they lie elsewhere, is followed
  /// by a scan: `limit` vectors are found whenever `limit` match.
  ///
  /// - Parameters:
  ///   - limit: How many vectors are wanted; at least 1.
  ///   - effort: How hard to try.
  ///   - matches: How many vectors the search may find.
  public func plan(limit: Int, effort: SearchEffort = .recall(0.95), matches: Int? = nil) -> SearchPlan {
    let matches = min(matches ?? count, count)
    let scan = SearchPlan(way: .scan, matches: matches, count: count)
    guard matches > 0, let width = width(limit: limit, effort: effort) else { return scan }
    // Removed rows stand in the way like those that do not match.
    let needed = Double(width) * Double(rows - free.count) / Double(matches)
    let wide = Int(min(needed.rounded(.up), 1e9))
    let walkCost = Self.randomRead * (Self.scoredPerWidth * wide + GraphLinker.mostEntries)
    guard wide <= Self.widestWalk, walkCost < matches else { return scan }
    return SearchPlan(way: .walk(width: wide), matches: matches, count: count)
  }

  /// The vectors that a walk keeps when all match; `nil` for a comparison with all.
  private func width(limit: Int, effort: SearchEffort) -> Int? {
    switch effort {
    case .exact: nil
    case .beam(let width): max(width, limit)
    case .recall(let recall): (curve ?? .uncalibrated).width(for: recall, limit: limit)
    }
  }

  static let widestWalk = 4096
  /// How many nodes a walk compares for each that it keeps, and how many rows in order are read in the time of one
  /// elsewhere: measured on vectors of 384 and 768 values.
  private static let scoredPerWidth = 14
  private static let randomRead = 4
}
