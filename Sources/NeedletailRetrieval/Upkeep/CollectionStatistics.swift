internal import GRDB
internal import Synchronization
public import NeedletailIndex

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// How much a collection holds and where.
public struct CollectionStatistics: Sendable {
  /// One sealed file of vectors.
  public struct Segment: Sendable {
    /// The file's name in the folder `segments`.
    public let name: String
    /// The field whose vectors it holds.
    public let field: String
    /// How many vectors it holds.
    public let rows: Int
    /// How many of them were deleted or replaced since.
    public let removed: Int
    /// The file's size.
    public let bytes: Int
  }

  /// How many documents there are.
  public let documents: Int
  /// How many vectors there are: one for each chunk of each field.
  public let vectors: Int
  /// How many of them are in no segment: each search compares all of these.
  public let unsealed: Int
  /// The sealed files.
  public let segments: [Segment]
  /// Bytes of the database with its log.
  public let databaseBytes: Int
  /// How many values each vector has.
  public let dimension: Int
  /// What "near" means.
  public let metric: Metric
  /// The fields that are embedded.
  public let fields: [String]
  /// The identity of the model; `nil` where the caller gives all vectors.
  public let model: String?
  /// Other models whose questions find the documents.
  public let compensations: [QueryCompensation]
  /// How many documents an unfinished re-embedding has done; `nil` where there is none.
  public let reembedded: Int?
  /// The version of the format.
  public let format: Int
  /// What this value knows to be damaged or could not do in the background; searches are right all the same.
  public let problems: [String]
}

extension DocumentCollection {
  /// How much there is and where.
  public func statistics() async throws -> CollectionStatistics {
    let (path, settings, dimension) = (path, settings, dimension)
    let problems = shelf.damage.values.map { "\($0)" }.sorted() + upkeep.withLock { $0.problems.values.sorted() }
    return try await database.read { database in
      let state = try DatabaseState(database)
      let segments = try SegmentRecord.all(database).map { record in
        CollectionStatistics.Segment(
          name: record.name,
          field: settings.fields.indices.contains(record.field) ? settings.fields[record.field] : "?",
          rows: record.rows,
          removed: try Int.fetchOne(
            database, sql: "SELECT count(*) FROM removals WHERE field = ? AND chunk BETWEEN ? AND ?",
            arguments: [record.field, record.numbers.lowerBound, record.numbers.upperBound]) ?? 0,
          bytes: Self.size("\(CollectionDatabase.segmentsPath(path))/\(record.name)"))
      }
      let maps = try QueryMap.sound(database, dimension: dimension, path: path)
      let file = CollectionDatabase.databasePath(path)
      return CollectionStatistics(
        documents: state.documents, vectors: state.chunks,
        unsealed: state.chunks - segments.reduce(0) { $0 + $1.rows - $1.removed }, segments: segments,
        databaseBytes: Self.size(file) + Self.size(file + "-wal"), dimension: dimension, metric: settings.metric,
        fields: settings.fields, model: try StoredSettings(database, path: path).model,
        compensations: maps.map(\.compensation), reembedded: try Reembedding.progress(database),
        format: try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0, problems: problems)
    }
  }

  private static func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// The collections right inside a folder, by name.
  ///
  /// - Throws: ``RetrievalError`` with code `.unreadable` where the folder cannot be listed.
  public static func list(in folder: URL) throws -> [URL] {
    do {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      return names.map { folder.appending(path: $0) }.filter {
        FileManager.default.fileExists(atPath: CollectionDatabase.databasePath($0.path))
      }
    } catch {
      throw RetrievalError(.unreadable, folder.path, "cannot be listed: \(error)", cause: error)
    }
  }
}
