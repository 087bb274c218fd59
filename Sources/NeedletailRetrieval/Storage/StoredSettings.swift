internal import GRDB
internal import NeedletailEmbedding
internal import NeedletailIndex
internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The settings of a collection as the database has them.
struct StoredSettings: Sendable {
  let settings: CollectionSettings
  let dimension: Int
  /// The model's identity; `nil` where the caller gives all vectors.
  let model: String?
  /// How the model's files looked from outside when it was last compared.
  private let fingerprint: String?

  /// Checks what a new collection is asked to be.
  init(_ settings: CollectionSettings, dimension: Int, model: String?) throws(RetrievalError) {
    guard dimension > 0, dimension <= Self.maximumDimension else {
      throw RetrievalError(.request, "dimension \(dimension)", "must be 1 to \(Self.maximumDimension)")
    }
    guard !settings.fields.isEmpty, Set(settings.fields.map { Array($0.utf8) }).count == settings.fields.count else {
      throw RetrievalError(.request, "fields", "must be one or more different names, found \(settings.fields)")
    }
    guard settings.segmentRows > 0 else {
      throw RetrievalError(.request, "segment rows \(settings.segmentRows)", "must be at least 1")
    }
    if let tokens = settings.chunkTokens, tokens < Self.fewestTokens {
      throw RetrievalError(.request, "chunk tokens \(tokens)", "must be at least \(Self.fewestTokens)")
    }
    (self.settings, self.dimension, self.model, fingerprint) = (settings, dimension, model, nil)
  }

  private static let maximumDimension = 1 << 16
  private static let fewestTokens = 8

  init(_ database: Database, path: String) throws {
    var values: [String: String] = [:]
    let rows = try Row.fetchCursor(database, sql: "SELECT name, value FROM settings")
    while let row = try rows.next() { values[try row.text(0)] = try row.text(1) }
    var settings = CollectionSettings()
    guard let metric = values["metric"].flatMap({ Metric(rawValue: $0) }),
      let dimension = values["dimension"].flatMap({ Int($0) }),
      let rows = values["segment_rows"].flatMap({ Int($0) }),
      let list = try? values["fields"].map({ try JSONDocument(parsing: $0).root })
    else { throw RetrievalError(.damaged, path, "lacks some of its settings; restore it from a backup") }
    settings.metric = metric
    settings.segmentRows = rows
    settings.graphRows = values["graph_rows"].flatMap { Int($0) } ?? settings.graphRows
    settings.fields = list.elements.compactMap(\.string)
    settings.chunkTokens = values["chunk_tokens"].flatMap { Int($0) }
    settings.opening = values["opening"]
    do {
      try self.init(settings, dimension: dimension, model: values["model"], fingerprint: values["fingerprint"])
    } catch { throw RetrievalError(.damaged, path, "has settings that cannot be: \(error)", cause: error) }
  }

  private init(
    _ settings: CollectionSettings, dimension: Int, model: String?, fingerprint: String?
  ) throws(RetrievalError) {
    let checked = try StoredSettings(settings, dimension: dimension, model: model)
    (self.settings, self.dimension, self.model) = (checked.settings, dimension, model)
    self.fingerprint = fingerprint
  }

  func insert(_ database: Database) throws {
    let fields = JSONValue.array(settings.fields.map { .string($0) }).text()
    var values = [
      "metric": settings.metric.rawValue, "dimension": "\(dimension)", "segment_rows": "\(settings.segmentRows)",
      "fields": fields,
    ]
    if settings.graphRows != CollectionSettings().graphRows { values["graph_rows"] = "\(settings.graphRows)" }
    values["chunk_tokens"] = settings.chunkTokens.map { "\($0)" }
    values["opening"] = settings.opening
    values["model"] = model
    for (name, value) in values { try Self.set(name, value, database) }
  }

  /// Stores a setting, or forgets it where there is no value.
  static func set(_ name: String, _ value: String?, _ database: Database) throws {
    if let value {
      try database.execute(sql: "INSERT OR REPLACE INTO settings VALUES (?, ?)", arguments: [name, value])
    } else {
      try database.execute(sql: "DELETE FROM settings WHERE name = ?", arguments: [name])
    }
  }

  static func get(_ name: String, _ database: Database) throws -> String? {
    let statement = try database.cachedStatement(sql: "SELECT value FROM settings WHERE name = ?")
    return try String.fetchOne(statement, arguments: [name])
  }

  /// Refuses a model whose questions cannot be asked.
  ///
  /// - Returns: What maps the model's vectors to the stored ones; `nil` for the model that made these.
  func check(_ embedder: Embedder, database: CollectionDatabase) async throws -> QueryMap? {
    let (dimension, path) = (dimension, database.path)
    let maps = try await database.read { try QueryMap.sound($0, dimension: dimension, path: path) }
    guard embedder.dimension == dimension || !maps.isEmpty else {
      throw RetrievalError(
        .modelMismatch, path, "has vectors of \(dimension) values; the model makes \(embedder.dimension)")
    }
    let seen = try embedder.fingerprint(now: Date())
    if let seen, seen == fingerprint { return nil }
    if let seen, let map = maps.first(where: { $0.fingerprint == seen }) { return map }
    let identity = try embedder.modelIdentity()
    if let map = maps.first(where: { $0.compensation.model == identity }) { return map }
    guard let model else {
      throw RetrievalError(.modelMismatch, path, "has vectors that came from outside; open it without a model")
    }
    guard identity == model else {
      throw RetrievalError(
        .modelMismatch, path,
        "has vectors of another model (\(model.prefix(12))… where this one is \(identity.prefix(12))…); open it with that "
          + "one, adapt it to this one's questions, or embed its documents anew")
    }
    if let seen, database.isWritable { try await database.write { try Self.set("fingerprint", seen, $0) } }
    return nil
  }
}
