internal import NeedletailIndex
internal import NeedletailTensor

/// The chunks of a segment, mapped from its file.
///
/// The file has the sections `chunks` and `documents` (the numbers of the chunks, ascending, and of their documents, 8
/// bytes each), `vectors` (float32) and, where the metric is cosine, `norms` (1 / length of each vector, float32);
/// `attributes` and `values` are the directory and the columns of the chunks' metadata. A large segment has the sections
/// of a `GraphIndex` as well, whose positions are those of the vectors.
struct SealedSegment: Sendable {
  let record: SegmentRecord
  let file: SegmentFile
  private let chunks: MappedRegion
  private let documents: MappedRegion
  let index: MappedVectors
  /// Finds near vectors without a look at all of them; `nil` in small segments.
  let graph: GraphIndex?
  /// The metadata of the chunks' documents, by position.
  let columns: AttributeColumns

  /// Opens the file of a segment; what it holds is checked by ``SegmentFile/verify()``.
  ///
  /// - Throws: `IndexError` where it is missing or not the one that the record is of.
  init(_ record: SegmentRecord, folder: String, dimension: Int, metric: Metric, kernels: Kernels) throws(IndexError) {
    self.record = record
    file = try SegmentFile("\(folder)/\(record.name)")
    guard file.checksum == record.checksum else { throw Self.otherFile(file.path) }
    chunks = try file.section("chunks", of: 8)
    documents = try file.section("documents", of: 8)
    index = try MappedVectors(
      try file.section("vectors", of: 4), norms: metric == .cosine ? try file.section("norms", of: 4) : nil,
      dimension: dimension, metric: metric, kernels: kernels)
    var graph = file.names.contains("graph.about") ? try GraphIndex(file, kernels: kernels) : nil
    graph?.exactValues = { [index] query, positions in index.values(query, at: positions) }
    self.graph = graph
    let (attributes, values) = (try file.section("attributes"), try file.section("values"))
    columns = try AttributeColumns(
      directory: attributes.file.bytes(attributes.range), size: values.count, subject: file.path
    ) { part in
      let part = values[part]
      return part.file.bytes(part.range)
    }
    guard chunks.count == 8 * record.rows, documents.count == chunks.count, index.count == record.rows,
      columns.count == record.rows,
      graph.map({ $0.positions == record.rows && $0.dimension == dimension && $0.metric == metric }) ?? true
    else {
      throw Self.otherFile(file.path)
    }
  }

  private static func otherFile(_ path: String) -> IndexError {
    IndexError(damaged: path, "is not the file that the database knows; compact the collection, which rebuilds it")
  }

  /// The number of the chunk at a position.
  func chunk(_ position: Int) -> Int { Int(truncatingIfNeeded: chunks.number(position, as: Int64.self)) }

  /// The number of the document of the chunk at a position.
  func document(_ position: Int) -> Int { Int(truncatingIfNeeded: documents.number(position, as: Int64.self)) }

  /// The vector at a position.
  func vector(_ position: Int) -> [Float] { index[position] }

  /// Where a chunk stands; `nil` where it is not in the segment.
  func position(of chunk: Int) -> Int? {
    let position = (0..<record.rows).firstPosition { self.chunk($0) >= chunk }
    return position < record.rows && self.chunk(position) == chunk ? position : nil
  }

  /// The nearest of the chunks at some positions.
  ///
  /// - Parameter allowed: The positions that may be found; all where it is `nil`.
  func search(_ query: [Float], limit: Int, among allowed: Bitmap?, effort: SearchEffort) throws -> [Candidate] {
    let hits =
      if let graph, effort != .exact { try graph.search(query, limit: limit, effort: effort, among: allowed) } else {
        try index.search(query, limit: limit, among: allowed)
      }
    return hits.map { Candidate(chunk: chunk($0.index), document: document($0.index), score: $0.score) }
  }

  /// How a search is answered, in words.
  func plan(limit: Int, effort: SearchEffort, matches: Int) -> String {
    guard let graph, effort != .exact else { return "\(matches) of \(record.rows) vectors match: each is compared" }
    return graph.plan(limit: limit, effort: effort, matches: matches).description
  }
}
