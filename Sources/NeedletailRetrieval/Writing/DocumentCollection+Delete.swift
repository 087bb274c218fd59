extension DocumentCollection {
  /// Deletes documents, and returns when that is on the disk; ids that are not there are passed over.
  ///
  /// - Returns: How many documents there were to delete.
  /// - Throws: ``RetrievalError``; nothing is deleted then.
  @discardableResult
  public func delete(ids: [String]) async throws -> Int {
    let keys = ids.map { Array($0.utf8) }
    let (path, dimension) = (path, dimension)
    return try await database.write { database in
      let table = DocumentTable(database: database, path: path, dimension: dimension)
      var count = 0
      for key in keys {
        guard let number = try table.number(of: key) else { continue }
        try table.remove(number)
        count += 1
      }
      return count
    }
  }
}
