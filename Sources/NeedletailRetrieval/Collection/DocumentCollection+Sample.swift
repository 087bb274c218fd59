internal import GRDB
package import NeedletailIndex

/// Some documents of a collection that stand for all of them.
package struct DocumentSample: Sendable {
  /// The documents, in the order in which they were stored.
  package private(set) var documents: [Document] = []
  /// A vector for each document, or none at all.
  package private(set) var vectors: [[Float]] = []
  /// How many documents they were taken from.
  package private(set) var total = 0

  fileprivate mutating func append(_ document: Document, _ vector: [Float]?) {
    documents.append(document)
    if let vector { vectors.append(vector) }
  }

  fileprivate init(of total: Int) { self.total = total }
}

extension DocumentCollection {
  /// Documents at equal distances from all that a filter holds for.
  ///
  /// - Parameters:
  ///   - limit: How many at most; at least 1.
  ///   - filter: Which documents; all by default.
  ///   - field: The field whose vectors come along, the mean where a document has several; documents without one are
  ///     left out. `nil` for no vectors.
  /// - Throws: ``RetrievalError``; `IndexError` where the filter asks for what no document has.
  /// - Complexity: O(documents) with a filter: the metadata of each is looked at.
  package func sample(_ limit: Int, where filter: Filter? = nil, vectorsOf field: String? = nil) async throws
    -> DocumentSample
  {
    guard limit > 0 else { throw RetrievalError(.request, "limit \(limit)", "must be at least 1") }
    var position: Int?
    if let field { position = try self.position(of: field) }
    let wanted = position
    let (path, dimension, frame) = (path, dimension, frame)
    return try await database.read { database -> DocumentSample in
      try frame.checkModel(database)
      let numbers: [Int]
      if let filter {
        let matching = try MatchingDocuments(filter, after: 0, database, path: path)
        if matching.last > 0 { try matching.schema.check(filter) }
        numbers = matching.numbers
      } else {
        numbers = try Int.fetchAll(database, sql: "SELECT number FROM documents ORDER BY number")
      }
      let table = DocumentTable(database: database, path: path, dimension: dimension)
      let statement = try database.cachedStatement(
        sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number = ?")
      var sample = DocumentSample(of: numbers.count)
      let count = min(limit, numbers.count)
      for place in 0..<count {
        let number = numbers[place * numbers.count / count]
        guard let row = try Row.fetchOne(statement, arguments: [number]) else { continue }
        var vector: [Float]?
        if let wanted {
          vector = try table.chunks(of: number).filter { $0.field == wanted }.meanVector
          if vector == nil { continue }
        }
        sample.append(try StoredDocument.read(row, path: path).document.document(path: path), vector)
      }
      return sample
    }
  }
}

extension [StoredChunk] {
  /// The mean of the chunks' vectors; `nil` where there are none.
  fileprivate var meanVector: [Float]? {
    guard var sum = first?.vector else { return nil }
    guard count > 1 else { return sum }
    for chunk in dropFirst() { for index in sum.indices { sum[index] += chunk.vector[index] } }
    return sum.map { $0 / Float(count) }
  }
}
