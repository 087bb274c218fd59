internal import CNeedletailAssets

/// Scalars that are alike but for case, as the reference library's regular expressions take them.
enum CaseFolding {
  private static let classes: [UInt32: ScalarSet] = {
    var members: [UInt32: [ClosedRange<UInt32>]] = [:]
    for index in 0..<nt_regex_fold_count {
      let member = nt_regex_fold_member(index)
      members[nt_regex_fold_class(index), default: []].append(member...member)
    }
    var result: [UInt32: ScalarSet] = [:]
    for list in members.values {
      let set = ScalarSet(list)
      for range in list { result[range.lowerBound] = set }
    }
    return result
  }()

  /// Scalars that fold to two or three others, with these.
  static let long: [(scalar: UInt32, fold: [UInt32])] = (0..<nt_regex_long_fold_count).map { row in
    let fold = (1...3).map { nt_regex_long_fold(row, $0) }.filter { $0 != 0 }
    return (nt_regex_long_fold(row, 0), fold)
  }

  /// The smallest scalar that is alike.
  private static func simple(_ scalar: UInt32) -> UInt32 { classes[scalar]?.ranges[0].lowerBound ?? scalar }

  private static let foldOf = Dictionary(
    long.map { ($0.scalar, $0.fold) }, uniquingKeysWith: { first, _ in first })
  private static let scalarsOf = Dictionary(grouping: long) { $0.fold.map(simple) }.mapValues { rows in
    ScalarSet(rows.map { $0.scalar...$0.scalar })
  }

  /// All scalars that are alike to one, itself among them.
  static func alike(_ scalar: UInt32) -> ScalarSet { classes[scalar] ?? ScalarSet(scalar) }

  /// A set with all that are alike to its scalars.
  static func closure(_ set: ScalarSet) -> ScalarSet {
    var ranges = set.ranges
    for (scalar, alike) in classes where set.contains(scalar) { ranges += alike.ranges }
    return ScalarSet(ranges)
  }

  /// The scalars that a scalar folds to, where these are several.
  static func long(of scalar: UInt32) -> [UInt32]? { foldOf[scalar] }

  /// The scalars that fold to a string of several.
  static func scalars(foldingTo string: some Sequence<UInt32>) -> ScalarSet? { scalarsOf[string.map(simple)] }
}
