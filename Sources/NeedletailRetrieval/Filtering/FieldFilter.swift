internal import GRDB
internal import NeedletailIndex

/// Which chunks of a field a filter holds for, at one moment.
struct FieldFilter: Sendable {
  /// The positions of each segment.
  let segments: [Bitmap]
  /// The positions of each block of the tail.
  let tail: [Bitmap]
  /// How many chunks it holds for.
  let matches: Int
  /// How many it was expected to hold for, before it was looked at.
  let estimate: FilterEstimate
  /// How many chunks there are.
  let count: Int

  /// What a person wants to know who asks how a filter was answered.
  func description(of filter: Filter) -> String {
    let expected = estimate.least == estimate.most ? "\(estimate.likely)" : "\(estimate.least) to \(estimate.most)"
    return "filter \(filter): \(matches) of \(count) vectors match (\(expected) estimated from the columns); "
      + "segments are asked by their columns, vectors in memory one by one"
  }
}

extension CollectionSnapshot {
  /// Finds the chunks of a field that a filter holds for.
  ///
  /// - Parameters:
  ///   - filter: It may only ask for what the collection's documents have.
  ///   - position: The field.
  ///   - database: Reads the state of this snapshot.
  /// - Throws: `IndexError` with code `.unknownAttribute` or `.wrongType`; ``RetrievalError``.
  func resolve(
    _ filter: Filter, field position: Int, _ database: Database, tail metadata: TailMetadata, path: String
  ) throws -> FieldFilter {
    let waiting = Set(fields.flatMap { $0.tail.flatMap(\.liveDocuments) })
    let (documents, tailSchema) = try metadata.read(waiting, database, path: path)
    var schema = tailSchema
    for field in fields { for segment in field.segments { schema.formUnion(segment.columns.schema) } }
    if state.documents > 0 { try schema.check(filter) }
    let field = fields[position]
    var (segments, estimate): ([Bitmap], FilterEstimate) = ([], FilterEstimate(exactly: 0))
    for segment in field.segments {
      segments.append(segment.live(try segment.columns.bitmap(for: filter)))
      estimate = estimate + (try segment.columns.estimate(for: filter))
    }
    let blocks = field.tail.map { block in
      block.live { documents[$0].map { filter.matches(metadata: $0) } ?? false }
    }
    let inMemory = blocks.reduce(0) { $0 + $1.population }
    return FieldFilter(
      segments: segments, tail: blocks, matches: segments.reduce(inMemory) { $0 + $1.population },
      estimate: estimate + FilterEstimate(exactly: inMemory), count: field.count)
  }
}
