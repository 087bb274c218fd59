internal import GRDB
public import NeedletailIndex

extension DocumentCollection {
  /// Deletes the documents that a filter holds for, and returns when that is on the disk.
  ///
  /// They are those of the moment of the deletion: what others add meanwhile and matches is deleted as well.
  ///
  /// - Returns: How many documents there were to delete.
  /// - Throws: ``RetrievalError``; `IndexError` with code `.unknownAttribute` or `.wrongType` where the filter asks for
  ///   what no document has. Nothing is deleted then.
  /// - Complexity: O(documents): the metadata of each is looked at.
  @discardableResult
  public func delete(where filter: Filter) async throws -> Int {
    guard database.isWritable else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    let (path, dimension) = (path, dimension)
    // Most of the work is done while others may write: rows never change, and new ones have larger numbers.
    let before = try await database.read { try MatchingDocuments(filter, after: 0, $0, path: path) }
    return try await database.write { database in
      let since = try MatchingDocuments(filter, after: before.last, database, path: path)
      var schema = before.schema
      schema.formUnion(since.schema)
      if before.last > 0 || since.last > 0 { try schema.check(filter) }
      let table = DocumentTable(database: database, path: path, dimension: dimension)
      let exists = try database.cachedStatement(sql: "SELECT 1 FROM documents WHERE number = ?")
      var count = 0
      for number in before.numbers + since.numbers
      where try Row.fetchOne(exists, arguments: [number]) != nil {
        try table.remove(number)
        count += 1
      }
      return count
    }
  }
}

/// The documents that a filter holds for, found by looking at each.
struct MatchingDocuments: Sendable {
  private(set) var numbers: [Int] = []
  private(set) var schema = AttributeSchema()
  /// The last document that was looked at.
  private(set) var last: Int

  /// - Parameter number: Looks at the documents with larger numbers.
  init(_ filter: Filter, after number: Int, _ database: Database, path: String) throws {
    last = number
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number > ? ORDER BY number"),
      arguments: [number])
    while let row = try rows.next() {
      try Task.checkCancellation()
      let (number, document) = try StoredDocument.read(row, path: path)
      let metadata = try document.metadataTree(path: path)
      schema.insert(metadata: metadata)
      if filter.matches(metadata: metadata) { numbers.append(number) }
      last = number
    }
  }
}
