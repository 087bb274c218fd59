internal import GRDB
public import NeedletailEmbedding
internal import NeedletailIndex
public import NeedletailTensor
internal import Synchronization

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Documents that stay: a folder with a database that holds them and their vectors, and files that make searching them
/// fast and can be made again at any time.
///
///     let notes = try await DocumentCollection.create(at: folder, embedder: embedder)
///     try await notes.add([Document(id: "swift", text: "A swift sleeps in flight.")])
///     let found = try await notes.search("fast birds", limit: 10)
///
/// What `add` or `delete` acknowledged is on the disk: it survives the end of the process and of the power. Every search
/// sees one state of the collection, whatever is written meanwhile. One process writes at a time; any number of them
/// read. A value can be shared by tasks.
public final class DocumentCollection: Sendable {
  /// What a collection is opened for.
  public enum Mode: Sendable {
    /// Searching; others may write.
    case readOnly
    /// Searching and changing it; nobody else can write meanwhile.
    case readWrite
  }

  /// The collection's folder.
  public let url: URL
  /// What was decided when it was created.
  public let settings: CollectionSettings
  /// How many values each vector has.
  public let dimension: Int
  /// What makes vectors of texts; `nil` where they all come from the caller.
  public let embedder: Embedder?
  /// How questions are asked where ``embedder`` is another model than the one that made the vectors; see
  /// ``adapt(to:sample:opening:progress:)``.
  public var compensation: QueryCompensation? { queryMap?.compensation }
  let queryMap: QueryMap?
  let database: CollectionDatabase
  let team: ComputeTeam
  let frame: CollectionSnapshot.Frame
  let shelf: SegmentShelf
  let tailMetadata = TailMetadata()
  let upkeep = Mutex(Upkeep())
  private let current: Mutex<CollectionSnapshot>

  var path: String { url.path }

  // MARK: Creating and opening

  /// Makes an empty collection whose vectors a model makes.
  ///
  /// - Parameters:
  ///   - url: A folder that is not there yet or empty; those above it are there.
  ///   - embedder: The model; opening the collection later takes the same.
  ///   - settings: What cannot be changed later.
  /// - Throws: ``RetrievalError``, with code `.exists` where something is there.
  public static func create(
    at url: URL, embedder: Embedder, settings: CollectionSettings = .init()
  ) async throws -> DocumentCollection {
    let model = try embedder.modelIdentity()
    return try await create(
      at: url, dimension: embedder.dimension, model: model, settings: settings, embedder: embedder)
  }

  /// Makes an empty collection whose vectors all come from the caller.
  ///
  /// - Parameters:
  ///   - url: A folder that is not there yet or empty; those above it are there.
  ///   - dimension: How many values each vector has; at least 1.
  ///   - settings: What cannot be changed later.
  /// - Throws: ``RetrievalError``, with code `.exists` where something is there.
  public static func create(
    at url: URL, dimension: Int, settings: CollectionSettings = .init()
  ) async throws -> DocumentCollection {
    try await create(at: url, dimension: dimension, model: nil, settings: settings, embedder: nil)
  }

  /// Opens a collection.
  ///
  /// - Parameters:
  ///   - url: Its folder.
  ///   - embedder: The model that made its vectors, or one that the collection was adapted to, with which it can be
  ///     searched; without one, only vectors can be added and searched for.
  ///   - mode: What for.
  ///   - team: The threads that search where there is no embedder, which brings its own.
  /// - Throws: ``RetrievalError``: `.unreadable` or `.malformed` where there is no collection, `.busy` where another
  ///   process writes, `.unsupported` where a newer version wrote it, `.modelMismatch` where its vectors are of another
  ///   model.
  /// - Complexity: the same for every number of documents.
  public convenience init(
    at url: URL, embedder: Embedder? = nil, mode: Mode = .readWrite, team: ComputeTeam = .init()
  ) async throws {
    guard FileManager.default.fileExists(atPath: CollectionDatabase.databasePath(url.path)) else {
      throw RetrievalError(.unreadable, url.path, "is no collection: it has no collection.sqlite; create it first")
    }
    let database = try CollectionDatabase(url.path, mode: mode)
    let stored = try await database.read { try StoredSettings($0, path: url.path) }
    var queryMap: QueryMap?
    if let embedder { queryMap = try await stored.check(embedder, database: database) }
    if mode == .readWrite { try await Self.removeStrays(database) }
    try self.init(url, database, stored, embedder: embedder, queryMap: queryMap, team: embedder?.team ?? team)
  }

  private static func create(
    at url: URL, dimension: Int, model: String?, settings: CollectionSettings, embedder: Embedder?
  ) async throws -> DocumentCollection {
    let stored = try StoredSettings(settings, dimension: dimension, model: model)
    try makeFolder(url)
    let database = try CollectionDatabase(url.path, mode: .readWrite, creating: true)
    try await database.write { try stored.insert($0) }
    return try DocumentCollection(url, database, stored, embedder: embedder, team: embedder?.team ?? ComputeTeam())
  }

  private static func makeFolder(_ url: URL) throws {
    let files = FileManager.default
    let found = try? files.contentsOfDirectory(atPath: url.path)
    guard found?.isEmpty ?? !files.fileExists(atPath: url.path) else {
      throw RetrievalError(
        .exists, url.path, "is already there and not empty; name a new folder, or open the collection")
    }
    do {
      if found == nil { try files.createDirectory(at: url, withIntermediateDirectories: false) }
      let segments = CollectionDatabase.segmentsPath(url.path)
      try files.createDirectory(atPath: segments, withIntermediateDirectories: false)
    } catch {
      throw RetrievalError(.unwritable, url.path, "cannot be made: \(error)", cause: error)
    }
  }

  private init(
    _ url: URL, _ database: CollectionDatabase, _ stored: StoredSettings, embedder: Embedder?,
    queryMap: QueryMap? = nil, team: ComputeTeam
  ) throws {
    (self.url, self.database, settings, dimension) = (url, database, stored.settings, stored.dimension)
    (self.embedder, self.queryMap, self.team) = (embedder, queryMap, team)
    let kernels = try embedder?.kernels ?? Kernels.preferred()
    frame = CollectionSnapshot.Frame(
      path: url.path, settings: settings, dimension: dimension, model: stored.model, kernels: kernels)
    shelf = SegmentShelf(frame)
    current = Mutex(CollectionSnapshot(frame))
  }

  /// Ends its work with the files; what was acknowledged needs no closing.
  public func close() async throws {
    cancelUpkeep()
    await settle()
    try database.close()
  }

  // MARK: Snapshots

  /// What can be searched in the state that a transaction reads.
  ///
  /// - Parameter mayBeGone: Whether to throw ``CollectionSnapshot/SegmentGone`` where a segment's file is missing.
  func snapshot(_ database: Database, mayBeGone: Bool) throws -> CollectionSnapshot {
    try frame.checkModel(database)
    let known = current.withLock { $0 }
    let updated = try known.updated(database, shelf: shelf, mayBeGone: mayBeGone)
    // A transaction that began earlier may come here later; what is newer stays.
    current.withLock { if $0.state.isOlder(than: updated.state) { $0 = updated } }
    return updated
  }
}
