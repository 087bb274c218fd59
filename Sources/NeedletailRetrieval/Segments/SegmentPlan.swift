/// Which chunks of a field should be put into a new segment next.
struct SegmentPlan: Sendable, Equatable {
  /// The position of the field in the collection's settings.
  let field: Int
  /// The segments that the new one replaces.
  let replaced: [SegmentRecord]
  /// The numbers that it will stand for.
  let numbers: ClosedRange<Int>

  /// What is due for a field, if anything.
  ///
  /// First what is damaged, then the tail once it is long enough, then four neighbours of like size, then segments of
  /// which a fifth is gone. So a chunk is put into a new segment about log₄(all / tail) times.
  ///
  /// - Parameters:
  ///   - segments: The field's segments in the order of their numbers.
  ///   - damaged: Those that cannot be read.
  ///   - removed: How many chunks of each segment are gone.
  ///   - tail: How many chunks no segment stands for, about.
  ///   - last: The largest number of a chunk.
  ///   - size: How many chunks make a segment.
  static func due(
    field: Int, segments: [SegmentRecord], damaged: Set<SegmentRecord>, removed: [SegmentRecord: Int], tail: Int,
    last: Int, size: Int
  ) -> SegmentPlan? {
    func replacing(_ part: ArraySlice<SegmentRecord>) -> SegmentPlan? {
      guard let first = part.first, let end = part.last else { return nil }
      return SegmentPlan(
        field: field, replaced: Array(part), numbers: first.numbers.lowerBound...end.numbers.upperBound)
    }
    if let index = segments.firstIndex(where: { damaged.contains($0) }) { return replacing(segments[index...index]) }
    let next = (segments.last?.numbers.upperBound ?? 0) + 1
    if tail >= size, last >= next { return SegmentPlan(field: field, replaced: [], numbers: next...last) }
    for start in segments.indices.dropLast(fanIn - 1) {
      let part = segments[start..<(start + fanIn)]
      if Set(part.map { tier($0.rows, size) }).count == 1 { return replacing(part) }
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
