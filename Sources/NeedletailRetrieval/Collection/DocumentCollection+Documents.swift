internal import GRDB

/// Some documents of a collection in the order in which they were stored.
public struct DocumentPage: Sendable {
  /// The documents.
  public let documents: [Document]
  /// Where the next page begins: what `after` takes.
  public let position: Int
}

extension DocumentCollection {
  /// How many documents there are.
  public func count() async throws -> Int { try await database.read { try DatabaseState($0).documents } }

  /// A document by its id; `nil` where there is none.
  ///
  /// - Throws: ``RetrievalError``, with code `.damaged` where it is no longer as it was stored.
  public func document(id: String) async throws -> Document? {
    let (path, dimension) = (path, dimension)
    let found = try await database.read { database in
      try DocumentTable(database: database, path: path, dimension: dimension).find(Array(id.utf8))
    }
    return try found?.document.document(path: path)
  }

  /// Documents in the order in which they were stored, a page at a time.
  ///
  ///     var page = try await notes.documents()
  ///     while !page.documents.isEmpty {
  ///       …
  ///       page = try await notes.documents(after: page.position)
  ///     }
  ///
  /// A document that gets a new version meanwhile moves to the end.
  ///
  /// - Parameters:
  ///   - position: The ``DocumentPage/position`` of the page before; 0 begins.
  ///   - limit: How many documents at most; at least 1.
  public func documents(after position: Int = 0, limit: Int = 1000) async throws -> DocumentPage {
    guard limit > 0 else { throw RetrievalError(.request, "limit \(limit)", "must be at least 1") }
    let path = path
    let found = try await database.read { database in
      try Row.fetchAll(
        database.cachedStatement(
          sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number > ? ORDER BY number LIMIT ?"),
        arguments: [position, limit]
      ).map { try StoredDocument.read($0, path: path) }
    }
    return DocumentPage(
      documents: try found.map { try $0.document.document(path: path) }, position: found.last?.number ?? position)
  }
}
