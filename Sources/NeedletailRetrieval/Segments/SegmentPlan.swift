/// Which chunks of a field should be put into a new segment next.
struct SegmentPlan: Sendable, Equatable {
  /// The position of the field in the collection's settings.
  let field: Int
  /// The segments that the new one replaces.
  let replaced: [SegmentRecord]
  /// The numbers that it will stand for.
  let numbers: ClosedRange<Int>

  /// The chunks that wait, once they are enough for a segment; less than twice as many, so that none waits long.
  ///
  /// - Parameters:
  ///   - sealed: The largest number that a segment stands for.
  ///   - last: The largest number of a chunk. The chunks of all fields are numbered together.
  ///   - size: How many chunks make a segment.
  ///   - fields: How many fields there are.
  static func sealing(field: Int, after sealed: Int, last: Int, size: Int, fields: Int) -> SegmentPlan? {
    guard last > sealed, (last - sealed) / fields >= size else { return nil }
    let waiting = last - sealed
    let end = waiting / (2 * fields) < size ? last : sealed + 2 * fields * size - 1
    return SegmentPlan(field: field, replaced: [], numbers: (sealed + 1)...end)
  }

  /// What of a field's segments should be made anew, if anything.
  ///
  /// First what is damaged, then four or more neighbours of like size with smaller ones among them, then segments of
  /// which a fifth is gone. So a chunk is put into a new segment about log₄(all / size) times.
  ///
  /// - Parameters:
  ///   - segments: The field's segments in the order of their numbers.
  ///   - damaged: Those that cannot be read.
  ///   - removed: How many chunks of each segment are gone.
  ///   - size: How many chunks make a segment.
  static func merging(
    field: Int, segments: [SegmentRecord], damaged: Set<SegmentRecord>, removed: [SegmentRecord: Int], size: Int
  ) -> SegmentPlan? {
    func replacing(_ part: ArraySlice<SegmentRecord>) -> SegmentPlan? {
      guard let first = part.first, let end = part.last else { return nil }
      return SegmentPlan(
        field: field, replaced: Array(part), numbers: first.numbers.lowerBound...end.numbers.upperBound)
    }
    if let index = segments.firstIndex(where: { damaged.contains($0) }) { return replacing(segments[index...index]) }
    let tiers = segments.map { tier($0.rows, size) }
    for level in Set(tiers).sorted() {
      // Smaller ones between those of a tier go with them, and where merging falls behind, more at once take fewer steps.
      let runs = tiers.indices.split { tiers[$0] > level }
      if let run = runs.first(where: { $0.count { tiers[$0] == level } >= fanIn }), let last = run.last {
        return replacing(segments[run[run.startIndex]...last])
      }
    }
    let index = segments.firstIndex { 5 * (removed[$0] ?? 0) > $0.rows }
    return index.flatMap { replacing(segments[$0...$0]) }
  }

  /// How many neighbours become one.
  private static let fanIn = 4

  /// How often four segments of the smallest size were put together, about.
  private static func tier(_ rows: Int, _ size: Int) -> Int {
    var (tier, limit) = (0, 2 * min(size, 1 << 40))
    while rows >= limit {
      tier += 1
      limit *= fanIn
    }
    return tier
  }
}
