import Needletail
import NeedletailTensor

/// Adds the documents of a source to a collection, batch after batch, and says of each when it is durable.
struct DocumentAdder {
  let collection: DocumentCollection
  /// The field that own vectors are for; the collection's first by default.
  let field: String?
  /// The vectors of the rows; `nil` where they have their own, or are embedded.
  var vectors: RowVectors?
  /// Writes a line of JSON for each batch.
  let isJSON: Bool
  let quiet: Bool

  /// Adds all documents of a source.
  ///
  /// - Parameters:
  ///   - source: The documents.
  ///   - each: Called with the documents of a batch once it is durable.
  /// - Returns: How many documents were acknowledged.
  /// - Throws: `CancellationError`, batches that were not acknowledged being left out; what the source and the
  ///   collection throw.
  func add(
    _ source: inout DocumentSource, each: ([Document]) -> Void = { _ in }
  ) async throws -> Int {
    var batches = DocumentBatches()
    var done = 0
    let bar = ProgressBar("adding", total: source.byteCount, unit: "B", quiet: quiet)
    defer { bar.finish() }
    // A pipe that has nothing yet must not keep what came before from being stored.
    let ahead = source.byteCount == nil ? 0 : DocumentCollection.stepsAhead
    var start = ContinuousClock.now
    var bytes: [Int] = []
    try await collection.add(ahead: ahead) {
      var rows = try source.next(batches.size)
      guard !rows.isEmpty else { return nil }
      if let vectors { rows = try vectors.taking(rows) }
      if ahead == 0 { start = .now }
      bytes.append(source.bytesRead)
      return DocumentBatch(rows.map(\.document), vectors: try Self.vectors(of: rows), field: field)
    } stored: { batch in
      batches.note(batch.documents.count, took: ContinuousClock.now - start)
      start = .now
      done += batch.documents.count
      each(batch.documents)
      bar.advance(to: bytes.removeFirst())
      guard isJSON, let last = batch.documents.last else { return }
      let line: JSONValue = .object(["acknowledged": .integer(done), "last_id": .string(last.id)])
      try StandardOutput.print(line.text())
      try StandardOutput.flush()
    }
    try vectors?.finish()
    return done
  }

  /// The rows' own vectors; `nil` where they have none.
  private static func vectors(of rows: [DocumentRow]) throws -> Matrix? {
    guard let columns = rows[0].vector?.count else {
      if let row = rows.first(where: { $0.vector != nil }) { throw mixed(row) }
      return nil
    }
    var values: [Float] = []
    values.reserveCapacity(rows.count * columns)
    for row in rows {
      guard let vector = row.vector else { throw mixed(row) }
      guard vector.count == columns else {
        throw RetrievalError(
          .malformed, "document \(row.document.id)",
          "has a vector of \(vector.count) values, the ones before \(columns)")
      }
      values += vector
    }
    return Matrix(rows: rows.count, columns: columns, values: values)
  }

  private static func mixed(_ row: DocumentRow) -> RetrievalError {
    RetrievalError(
      .malformed, "document \(row.document.id)",
      "either all documents have a vector of their own or none; see the one before")
  }
}
