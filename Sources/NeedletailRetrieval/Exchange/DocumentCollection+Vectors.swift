public import NeedletailTensor

extension DocumentCollection {
  /// The vectors of documents in one field, for documents that have one vector there: as they were made or given.
  ///
  /// - Parameters:
  ///   - ids: Ids of documents, in any order.
  ///   - field: The field; the collection's first by default.
  /// - Returns: `[ids.count, dimension]`, in the order of the ids.
  /// - Throws: ``RetrievalError`` with code `.request` for a document that is not there, or that has no vector in the
  ///   field or several, because it was cut into chunks.
  public func vectors(of ids: [String], field: String? = nil) async throws -> Matrix {
    let position = try position(of: field ?? settings.fields[0])
    let (path, dimension, frame) = (path, dimension, frame)
    let values = try await database.read { database in
      try frame.checkModel(database)
      let table = DocumentTable(database: database, path: path, dimension: dimension)
      return try ids.flatMap { id in
        guard let (number, _) = try table.find(Array(id.utf8)) else {
          throw RetrievalError(.request, "document \"\(id.prefix(100))\"", "is not in the collection")
        }
        let chunks = try table.chunks(of: number).filter { $0.field == position }
        guard chunks.count == 1 else {
          throw RetrievalError(
            .request, "document \"\(id.prefix(100))\"",
            "has \(chunks.count) vectors in this field, where one is expected")
        }
        return chunks[0].vector
      }
    }
    return Matrix(rows: ids.count, columns: dimension, values: values)
  }
}
