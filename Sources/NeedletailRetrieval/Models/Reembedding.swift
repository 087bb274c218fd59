internal import GRDB

/// The vectors of a model that will take the place of a collection's own, as far as they are made.
///
/// They wait in the table `next_chunks`, which searches do not read, so that an interruption loses at most one step.
struct Reembedding: Sendable {
  let path: String
  /// The new model's identity.
  let model: String
  /// The values of its vectors.
  let dimension: Int

  static let table = "next_chunks"
  private static let modelName = "next_model"
  /// The name of the setting with the number of the last document that is done: documents are done in the order of their
  /// numbers.
  private static let doneName = "next_done"

  /// How many documents are done; `nil` where nothing is under way.
  static func progress(_ database: Database) throws -> Int? {
    guard let last = try StoredSettings.get(doneName, database) else { return nil }
    return try Int.fetchOne(
      database, sql: "SELECT count(*) FROM documents WHERE number <= CAST(? AS INTEGER)", arguments: [last])
  }

  /// Goes on with what was begun for the same model, or begins.
  func begin(_ database: Database) throws {
    if try StoredSettings.get(Self.modelName, database) == model, try database.tableExists(Self.table) { return }
    try Self.discard(database)
    try database.execute(
      sql: """
        CREATE TABLE \(Self.table) (
          number INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, field INTEGER NOT NULL,
          first INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL
        ) STRICT
        """)
    try StoredSettings.set(Self.modelName, model, database)
    try StoredSettings.set(Self.doneName, "0", database)
  }

  /// Forgets what was begun, if anything was.
  static func discard(_ database: Database) throws {
    try database.execute(sql: "DROP TABLE IF EXISTS \(table)")
    for name in [modelName, doneName] { try StoredSettings.set(name, nil, database) }
  }

  /// The next documents that have no new vectors yet: some seconds of work.
  func next(_ database: Database) throws -> [(number: Int, document: StoredDocument)] {
    let done = try StoredSettings.get(Self.doneName, database).flatMap { Int($0) } ?? 0
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number > ? ORDER BY number LIMIT 1024"),
      arguments: [done])
    var (found, bytes): ([(number: Int, document: StoredDocument)], Int) = ([], 0)
    while bytes < 1 << 20, let row = try rows.next() {
      let next = try StoredDocument.read(row, path: path)
      bytes += next.document.text.count
      found.append(next)
    }
    return found
  }

  /// Stores the new chunks of documents.
  func store(_ documents: [Int], _ chunks: [[MadeChunk]], _ database: Database) throws {
    var number = try Int.fetchOne(database, sql: "SELECT ifnull(max(number), 0) FROM \(Self.table)") ?? 0
    for (document, chunks) in zip(documents, chunks) {
      for chunk in chunks {
        number += 1
        try StoredChunk(
          number: number, document: document, field: chunk.field, range: chunk.range, vector: chunk.vector
        )
        .insert(database, into: Self.table)
      }
    }
    if let last = documents.last { try StoredSettings.set(Self.doneName, "\(last)", database) }
  }

  /// Removes chunks of documents that were deleted since these were made.
  ///
  /// - Returns: The largest number of a chunk that is left.
  func clean(_ database: Database) throws -> Int {
    try database.execute(
      sql: "DELETE FROM \(Self.table) WHERE document NOT IN (SELECT number FROM documents)")
    return try Int.fetchOne(database, sql: "SELECT ifnull(max(number), 0) FROM \(Self.table)") ?? 0
  }

  /// Puts the new chunks and their segments in the place of the old ones.
  func finish(_ segments: [SegmentRecord], opening: String?, _ database: Database) throws {
    try database.execute(
      sql: """
        DROP TABLE chunks;
        ALTER TABLE \(Self.table) RENAME TO chunks;
        CREATE INDEX chunks_of_documents ON chunks (document);
        DELETE FROM removals; DELETE FROM segments; DELETE FROM maps;
        UPDATE state SET chunks = (SELECT count(*) FROM chunks), epoch = epoch + 1, change = change + 1
        """)
    for segment in segments { try segment.insert(database) }
    try StoredSettings.set("model", model, database)
    try StoredSettings.set("dimension", "\(dimension)", database)
    try StoredSettings.set("opening", opening, database)
    try StoredSettings.set("fingerprint", nil, database)
    try Self.discard(database)
  }

  // MARK: What cannot be embedded

  /// Refuses vectors that no text stands behind: the caller's own, for documents without a text in that field.
  ///
  /// - Throws: ``RetrievalError`` with code `.request` naming one of them.
  static func checkTexts(_ database: Database, fields: [String], path: String) throws {
    let rows = try Row.fetchCursor(
      database, sql: "SELECT document, field FROM chunks WHERE end = 0 ORDER BY number")
    let documents = try database.cachedStatement(
      sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number = ?")
    var (count, first): (Int, [UInt8]?) = (0, nil)
    while let row = try rows.next() {
      try Task.checkCancellation()
      let field = try row.integer(1)
      guard fields.indices.contains(field), let stored = try Row.fetchOne(documents, arguments: [try row.integer(0)])
      else { continue }
      let document = try StoredDocument.read(stored, path: path).document
      // The model itself makes a vector of an empty field where others have text.
      if document.field(fields[field]) != nil, fields.contains(where: { document.field($0)?.isEmpty == false }) {
        continue
      }
      count += 1
      first = first ?? document.id
    }
    guard let first else { return }
    throw RetrievalError(
      .request, "document \"\(String(decoding: first.prefix(100), as: UTF8.self))\"",
      "has a vector and no text to embed\(count > 1 ? ", as \(count - 1) more have" : ""); give it a text, or delete it"
    )
  }
}
