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
  /// - Throws: `CancellationError` after the batch under way; what the source and the collection throw.
  func add(
    _ source: inout DocumentSource, each: ([Document]) -> Void = { _ in }
  ) async throws -> Int {
    var batches = DocumentBatches()
    var done = 0
    let bar = ProgressBar("adding", total: source.byteCount, unit: "B", quiet: quiet)
    defer { bar.finish() }
    while true {
      try Task.checkCancellation()
      var rows = try source.next(batches.size)
      guard !rows.isEmpty else { break }
      if let vectors { rows = try vectors.taking(rows) }
      let documents = rows.map(\.document)
      let matrix = try Self.vectors(of: rows)
      let start = ContinuousClock.now
      // A task of its own: an interruption ends the work after this batch, not within it.
      _ = try await Task { [collection, field] in
        if let matrix {
          try await collection.add(documents, vectors: matrix, field: field ?? collection.settings.fields[0])
        } else {
          try await collection.add(documents)
        }
      }.value
      batches.note(documents.count, took: ContinuousClock.now - start)
      done += documents.count
      each(documents)
      bar.advance(to: source.bytesRead)
      if isJSON, let last = documents.last {
        let line: JSONValue = .object(["acknowledged": .integer(done), "last_id": .string(last.id)])
        try StandardOutput.print(line.text())
        try StandardOutput.flush()
      }
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
