/// Which chunks of a field should be put into a new segment next.
struct SegmentPlan: Sendable, Equatable {
  /// The position of the field in the collection's settings.
  let field: Int
  /// The segments that the new one replaces.
  let replaced: [SegmentRecord]
  /// The numbers that it will stand for.
  let numbers: ClosedRange<Int>

  /// The chunks that wait, once they are enough for a segment; those of about two at most, so that none waits long.
  ///
  /// - Parameters:
  ///   - sealed: The largest number that a segment stands for.
  ///   - last: The largest number of a chunk. The chunks of all fields are numbered together.
  ///   - size: How many chunks make a segment.
  ///   - fields: How many fields there are.
  static func sealing(field: Int, after sealed: Int, last: Int, size: Int, fields: Int) -> SegmentPlan? {
    guard last > sealed, (last - sealed) / fields >= size else { return nil }
    let most = size.multipliedReportingOverflow(by: 2 * fields)
    let end = most.overflow || last - sealed <= most.partialValue ? last : sealed + most.partialValue
    return SegmentPlan(field: field, replaced: [], numbers: (sealed + 1)...end)
  }

  /// What of a field's segments should be made anew, if anything.
  ///
  /// First what is damaged, then four neighbours of like size or more, then segments of which a fifth is gone. So a
  /// chunk is put into a new segment about log₄(all / size) times.
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
    var start = 0
    while start < segments.count {
      let level = tier(segments[start].rows, size)
      let end = segments[start...].firstIndex { tier($0.rows, size) != level } ?? segments.count
      // Where merging falls behind, more at once take fewer steps.
      if end - start >= fanIn { return replacing(segments[start..<end]) }
      start = end
    }
    let index = segments.firstIndex { 5 * (removed[$0] ?? 0) > $0.rows }
    return index.flatMap { replacing(segments[$0...$0]) }
  }

  /// How many neighbours become one.
  private static let fanIn = 4

  /// How often four segments of the smallest size were put together, about.
  private static func tier(_ rows: Int, _ size: Int) -> Int {
    var (tier, limit) = (0, 2 * size)
    while rows >= limit {
      tier += 1
      limit *= fanIn
    }
    return tier
  }
}
