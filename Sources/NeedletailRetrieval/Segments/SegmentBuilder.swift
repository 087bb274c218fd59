internal import GRDB
internal import NeedletailIndex
internal import NeedletailTensor

/// Makes a segment of what the database holds.
struct SegmentBuilder: Sendable {
  let frame: CollectionSnapshot.Frame
  let plan: SegmentPlan
  /// The table that has the chunks.
  var table = "chunks"

  /// What was made, and what it makes needless.
  struct Result: Sendable {
    /// The new segment; `nil` where nothing is left of its chunks.
    let record: SegmentRecord?
    /// The last removal that the segment knows of.
    let lastRemoval: Int
  }

  /// Writes the file of the segment, all from one state of the database.
  ///
  /// The vectors go from the database to the file one by one; in memory are 20 bytes a chunk, and the metadata's columns.
  func build(_ database: Database) throws -> Result {
    let lastRemoval = try Int.fetchOne(database, sql: "SELECT ifnull(max(sequence), 0) FROM removals") ?? 0
    let name =
      "\(frame.settings.fields.count > 1 ? "field-\(plan.field)-" : "")\(plan.numbers.lowerBound)-"
      + "\(plan.numbers.upperBound)-\(String(UInt32.random(in: 0 ... .max), radix: 36)).segment"
    let path = "\(CollectionDatabase.segmentsPath(frame.path))/\(name)"
    let writer = try SegmentWriter(path)
    var (chunks, documents, norms): ([Int64], [Int64], [Float]) = ([], [], [])
    var metadata = MetadataBuilder(path: frame.path)
    try writer.begin("vectors")
    let rows = try Row.fetchCursor(
      database,
      sql: "SELECT \(StoredChunk.columns) FROM \(table) WHERE number BETWEEN ? AND ? AND field = ? ORDER BY number",
      arguments: [plan.numbers.lowerBound, plan.numbers.upperBound, plan.field])
    while let row = try rows.next() {
      try Task.checkCancellation()
      let chunk = try StoredChunk.read(row, dimension: frame.dimension, path: frame.path)
      try writer.append(chunk.vector)
      chunks.append(Int64(chunk.number))
      documents.append(Int64(chunk.document))
      try metadata.append(document: chunk.document, database)
      if frame.settings.metric == .cosine {
        norms.append(MappedVectors.inverseNorm(chunk.vector[...], kernels: frame.kernels))
      }
    }
    guard !chunks.isEmpty else { return Result(record: nil, lastRemoval: lastRemoval) }
    if frame.settings.metric == .cosine {
      try writer.begin("norms")
      try writer.append(norms)
    }
    try writer.begin("chunks")
    try writer.append(chunks)
    try writer.begin("documents")
    try writer.append(documents)
    let columns = try metadata.columns.finish().encoded()
    try writer.begin("attributes")
    try writer.append(columns.directory)
    try writer.begin("values")
    try writer.append(columns.columns)
    try writer.finish()
    let record = SegmentRecord(
      name: name, field: plan.field, numbers: plan.numbers, rows: chunks.count,
      checksum: try SegmentFile(path).checksum)
    return Result(record: record, lastRemoval: lastRemoval)
  }

  /// The same segment with a graph, if it is large: the file is written again with the graph's sections after the others.
  func withGraph(_ result: Result, on team: ComputeTeam) async throws -> Result {
    guard let record = result.record, record.rows >= frame.settings.graphRows else { return result }
    let folder = CollectionDatabase.segmentsPath(frame.path)
    let segment = try SealedSegment(
      record, folder: folder, dimension: frame.dimension, metric: frame.settings.metric, kernels: frame.kernels)
    let vectors = segment.index
    let graph = try await GraphIndex.build(
      count: record.rows, dimension: frame.dimension, metric: frame.settings.metric, kernels: frame.kernels, on: team
    ) { vectors.matrix($0) }
    let path = "\(folder)/graph-\(record.name)"
    let writer = try SegmentWriter(path)
    for name in segment.file.names {
      try writer.begin(name)
      let section = try segment.file.section(name)
      try section.withBytes { (bytes) throws(IndexError) in try writer.append(bytes) }
    }
    try graph.write(to: writer)
    try writer.finish()
    let complete = SegmentRecord(
      name: "graph-\(record.name)", field: record.field, numbers: record.numbers, rows: record.rows,
      checksum: try SegmentFile(path).checksum)
    return Result(record: complete, lastRemoval: result.lastRemoval)
  }

  /// Puts the new segment in the place of those that it replaces, and forgets removals that it needs no more.
  static func install(_ result: Result, _ plan: SegmentPlan, _ database: Database) throws {
    for record in plan.replaced { try record.delete(database) }
    try result.record?.insert(database)
    try database.execute(
      sql: "DELETE FROM removals WHERE field = ? AND chunk BETWEEN ? AND ? AND sequence <= ?",
      arguments: [plan.field, plan.numbers.lowerBound, plan.numbers.upperBound, result.lastRemoval])
    try database.execute(sql: "UPDATE state SET epoch = epoch + 1, change = change + 1")
  }
}
