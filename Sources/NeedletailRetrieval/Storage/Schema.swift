internal import GRDB

/// The tables of a collection and how each version of them becomes the next.
///
/// - `documents`: what the user gave. A number is given once and its row never changes: a new version of a document is a
///   new row.
/// - `chunks`: pieces of the fields of documents with their vectors, float32. Rows never change either.
///   A re-embedding gives all of them new numbers.
/// - `next_chunks`: chunks of a re-embedding under way, there as long as it is; then it takes the place of `chunks`.
/// - `maps`: how questions of other models are mapped to the space of the vectors.
/// - `removals`: which chunks are gone, in the order in which they went, as long as a segment holds them.
/// - `segments`: the files of `segments/` and the chunks they hold.
/// - `settings`: what was decided when the collection was created, and the model.
/// - `state`: one row: how many documents and chunks there are, and two numbers that every change of the segments and
///   every change of the documents raises.
///
/// Texts are blobs of UTF-8: a text may hold zeros. Every row of documents and chunks has a CRC-32C of the rest, because
/// SQLite has none.
enum Schema {
  /// Marks a database as a collection: "Ndlt".
  static let application = 0x4E64_6C74
  /// The version that this program writes.
  static let version = migrations.count

  /// Step `i` makes version `i + 1` of version `i`.
  private static let migrations: [String] = [
    """
    CREATE TABLE documents (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, text BLOB NOT NULL, metadata BLOB NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE chunks (
      number INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, field INTEGER NOT NULL,
      first INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL, checksum INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX chunks_of_documents ON chunks (document);
    CREATE TABLE removals (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT, chunk INTEGER NOT NULL, field INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX removals_of_chunks ON removals (field, chunk);
    CREATE TABLE segments (
      name TEXT PRIMARY KEY, field INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
      rows INTEGER NOT NULL, checksum INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE state (
      only INTEGER PRIMARY KEY CHECK (only = 1), documents INTEGER NOT NULL, chunks INTEGER NOT NULL,
      epoch INTEGER NOT NULL, change INTEGER NOT NULL
    ) STRICT;
    INSERT INTO state VALUES (1, 0, 0, 0, 0);
    """,
    """
    CREATE TABLE maps (
      model TEXT PRIMARY KEY, opening TEXT, fingerprint TEXT, inputs INTEGER NOT NULL, weights BLOB NOT NULL,
      pairs INTEGER NOT NULL, questions INTEGER NOT NULL, recall REAL NOT NULL, checksum INTEGER NOT NULL
    ) STRICT;
    """,
  ]

  /// Brings a database to this program's version, in one transaction.
  ///
  /// - Parameter found: The version that it has, less than ``version``.
  static func migrate(_ database: Database, from found: Int) throws {
    for step in migrations[found...] { try database.execute(sql: step) }
    try database.execute(sql: "PRAGMA application_id = \(application); PRAGMA user_version = \(version)")
  }
}
