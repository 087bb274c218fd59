internal import GRDB

/// What writes do to the tables, inside a transaction.
struct DocumentTable {
  let database: Database
  let path: String
  let dimension: Int

  /// The version of a document that is stored.
  func find(_ id: [UInt8]) throws -> (number: Int, document: StoredDocument)? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(StoredDocument.columns) FROM documents WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [DatabaseBytes(id).value]) else { return nil }
    return try StoredDocument.read(row, path: path)
  }

  /// The chunks of a document.
  func chunks(of document: Int) throws -> [StoredChunk] {
    let statement = try database.cachedStatement(
      sql: "SELECT \(StoredChunk.columns) FROM chunks WHERE document = ? ORDER BY number")
    return try Row.fetchAll(statement, arguments: [document]).map {
      try StoredChunk.read($0, dimension: dimension, path: path)
    }
  }

  /// Adds a document that is not there, with its chunks.
  func insert(_ document: StoredDocument, _ chunks: [MadeChunk]) throws {
    let number = try next("documents")
    try database.cachedStatement(sql: "INSERT INTO documents VALUES (?, ?, ?, ?, ?)").execute(
      arguments: [
        number, DatabaseBytes(document.id).value, DatabaseBytes(document.text).value,
        DatabaseBytes(document.metadata).value, document.checksum(number),
      ])
    for chunk in chunks {
      try StoredChunk(
        number: try next("chunks"), document: number, field: chunk.field, range: chunk.range, vector: chunk.vector
      ).insert(database)
    }
    try count(documents: 1, chunks: chunks.count)
  }

  /// Takes out a document and its chunks.
  func remove(_ document: Int) throws {
    let gone = try Row.fetchAll(
      database.cachedStatement(sql: "SELECT number, field FROM chunks WHERE document = ?"), arguments: [document])
    for row in gone {
      try database.cachedStatement(sql: "INSERT INTO removals (chunk, field) VALUES (?, ?)").execute(
        arguments: [try row.integer(0), try row.integer(1)])
    }
    try database.cachedStatement(sql: "DELETE FROM chunks WHERE document = ?").execute(arguments: [document])
    try database.cachedStatement(sql: "DELETE FROM documents WHERE number = ?").execute(arguments: [document])
    try count(documents: -1, chunks: -gone.count)
  }

  /// How many chunks have numbers beyond those of all segments, about.
  func unsealed() throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT (SELECT ifnull(max(number), 0) FROM chunks) - (SELECT ifnull(max(last), 0) FROM segments)")
    return try Int.fetchOne(statement) ?? 0
  }

  /// Notes that this transaction changes the collection.
  private func count(documents: Int, chunks: Int) throws {
    try database.cachedStatement(
      sql: "UPDATE state SET documents = documents + ?, chunks = chunks + ?, change = change + 1"
    ).execute(arguments: [documents, chunks])
  }

  /// A number that no row of a table had before.
  private func next(_ table: String) throws -> Int {
    let statement = try database.cachedStatement(
      sql: "SELECT max((SELECT ifnull(max(number), 0) FROM \(table)), "
        + "(SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = ?))")
    return (try Int.fetchOne(statement, arguments: [table]) ?? 0) + 1
  }
}
