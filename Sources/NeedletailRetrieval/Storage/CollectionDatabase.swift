internal import GRDB

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The database of a collection, opened for reading, or for reading and writing.
struct CollectionDatabase: Sendable {
  /// The collection's folder.
  let path: String
  /// Answers reads, each from one consistent state, while others write.
  let reader: any DatabaseReader
  /// Takes writes one after another; `nil` where the collection is open for reading only.
  private let writer: DatabasePool?
  private let lock: WriterLock?

  static func databasePath(_ folder: String) -> String { folder + "/collection.sqlite" }
  static func segmentsPath(_ folder: String) -> String { folder + "/segments" }

  /// Opens the database of a folder, and makes it where that is asked for.
  ///
  /// - Throws: ``RetrievalError``.
  init(_ folder: String, mode: DocumentCollection.Mode, creating: Bool = false) throws {
    path = folder
    lock = mode == .readWrite ? try WriterLock(folder + "/writer.lock", of: folder) : nil
    let file = Self.databasePath(folder)
    var configuration = Configuration()
    configuration.readonly = mode == .readOnly
    configuration.busyMode = .timeout(10)
    configuration.maximumReaderCount = 16
    configuration.persistentReadOnlyConnections = true
    configuration.prepareDatabase { database in
      guard !database.configuration.readonly else { return }
      // The page size counts for a new file only.
      try database.execute(
        sql: """
          PRAGMA page_size = 8192; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
          PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864
          """)
    }
    do {
      if mode == .readWrite {
        let pool = try DatabasePool(path: file, configuration: configuration)
        (reader, writer) = (pool, pool)
        try pool.writeWithoutTransaction(Self.waitForDisk)
        try pool.write { try Self.checkVersion($0, path: folder, creating: creating, mayMigrate: true) }
      } else {
        (reader, writer) = (try Self.openForReading(file, configuration), nil)
        try reader.read { try Self.checkVersion($0, path: folder, creating: false, mayMigrate: false) }
      }
    } catch {
      throw RetrievalError.translated(error, path: folder)
    }
  }

  /// Runs `body` in a transaction that is on the disk when this returns.
  func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
    guard let writer else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    do { return try await writer.write(body) } catch { throw RetrievalError.translated(error, path: path) }
  }

  /// Runs `body` on one consistent state.
  func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
    do { return try await reader.read(body) } catch { throw RetrievalError.translated(error, path: path) }
  }

  /// Runs `body` while nobody else of this process writes, outside of a transaction.
  func writeAlone(_ body: @Sendable @escaping (Database) throws -> Void) async throws {
    guard let writer else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    do { try await writer.writeWithoutTransaction(body) } catch { throw RetrievalError.translated(error, path: path) }
  }

  /// Whether ``write(_:)`` is allowed.
  var isWritable: Bool { writer != nil }

  /// A state to read more than once, whatever is written meanwhile.
  func snapshot() throws -> any DatabaseReader {
    do {
      guard let pool = reader as? DatabasePool else { return reader }
      return try pool.makeSnapshot()
    } catch { throw RetrievalError.translated(error, path: path) }
  }

  /// Ends all connections; the database's log is folded into it where this was the last process.
  func close() throws {
    // The last connection to go may be one that only reads, which would leave the log as it is. Where this fails, the log
    // stays, and nothing is lost.
    try? writer?.writeWithoutTransaction { _ = try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    do { try reader.close() } catch { throw RetrievalError.translated(error, path: path) }
    lock?.release()
  }

  // MARK: Opening

  /// On a disk that cannot be written nobody writes: there the log's files are not needed.
  private static func openForReading(_ file: String, _ configuration: Configuration) throws -> any DatabaseReader {
    do {
      let pool = try DatabasePool(path: file, configuration: configuration)
      try pool.read { _ = try Row.fetchOne($0, sql: "PRAGMA schema_version") }
      return pool
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      let size = try? FileManager.default.attributesOfItem(atPath: file + "-wal")[.size] as? Int
      guard FileManager.default.fileExists(atPath: file), (size ?? 0) == 0 else { throw error }
      let address = URL(filePath: file).absoluteString
      return try DatabaseQueue(path: "\(address)?immutable=1", configuration: configuration)
    }
  }

  /// Lets every commit wait until the disk has it; a pool sets less than that when it opens, after `prepareDatabase`.
  private static func waitForDisk(_ database: Database) throws {
    try database.execute(sql: "PRAGMA synchronous = FULL")
    guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
      throw DatabaseError(resultCode: .SQLITE_ERROR, message: "the database does not wait for the disk")
    }
  }

  private static func checkVersion(_ database: Database, path: String, creating: Bool, mayMigrate: Bool) throws {
    let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") == 0
    if creating, isEmpty { return try Schema.migrate(database, from: 0) }
    guard application == Schema.application, !isEmpty, version >= 1 else {
      throw RetrievalError(.malformed, path, "its collection.sqlite is not the database of a collection")
    }
    guard version <= Schema.version else {
      throw RetrievalError(
        .unsupported, path,
        "has format \(version); this version of Needletail reads up to \(Schema.version): install a newer one")
    }
    // Readers read every version: what came later is what they find nothing of.
    guard version < Schema.version, mayMigrate else { return }
    try Schema.migrate(database, from: version)
  }
}
