internal import NeedletailIndex

/// A segment and which of its chunks are still there.
struct LiveSegment: Sendable {
  let segment: SealedSegment
  /// How many chunks are still there.
  private(set) var count: Int
  /// Their positions; `nil` while all are.
  private var live: Bitmap?

  init(_ segment: SealedSegment) {
    self.segment = segment
    count = segment.record.rows
  }

  /// Takes a chunk out; says whether it was here.
  mutating func remove(_ chunk: Int) -> Bool {
    guard segment.record.numbers.contains(chunk), let position = segment.position(of: chunk) else { return false }
    var bitmap = live ?? Bitmap(count: segment.record.rows, repeating: true)
    guard bitmap.contains(position) else { return false }
    live = nil
    bitmap.remove(position)
    live = bitmap
    count -= 1
    return true
  }

  /// The metadata of its chunks.
  var columns: AttributeColumns { segment.columns }

  /// Those of some positions whose chunks are still there.
  func live(_ positions: Bitmap) -> Bitmap {
    guard let live else { return positions }
    var result = positions
    result.formIntersection(live)
    return result
  }

  /// The nearest chunks.
  ///
  /// - Parameter allowed: The positions that may be found, all of them still there; all that are by default.
  func search(
    _ query: [Float], limit: Int, among allowed: Bitmap? = nil, effort: SearchEffort
  ) throws -> [Candidate] {
    count == 0 ? [] : try segment.search(query, limit: limit, among: allowed ?? live, effort: effort)
  }

  /// The chunks of some documents that are still there, each compared with the query.
  ///
  /// - Parameter documents: Their numbers, ascending, as documents stand in a segment.
  func chunks(of documents: [Int], _ query: [Float]) -> [Candidate] {
    var positions: [Int] = []
    var position = 0
    for document in documents where position < segment.record.rows {
      position = (position..<segment.record.rows).firstPosition { segment.document($0) >= document }
      while position < segment.record.rows, segment.document(position) == document {
        if live?.contains(position) ?? true { positions.append(position) }
        position += 1
      }
    }
    guard !positions.isEmpty else { return [] }
    return zip(positions, segment.index.values(query[...], at: positions)).map { position, score in
      Candidate(chunk: segment.chunk(position), document: segment.document(position), score: score)
    }
  }
}
