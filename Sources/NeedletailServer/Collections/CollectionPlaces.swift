#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import Logging
  internal import NeedletailEmbedding
  internal import NeedletailIndex
  internal import NeedletailJSON
  internal import NeedletailRetrieval

  /// Needletail's own places for collections of documents.
  enum CollectionPlaces {
    static var routes: [Route] {
      let one = "/v1/collections/{name}"
      return [
        Route(.get, "/v1/collections", by: list), Route(.post, "/v1/collections", .write, by: create),
        Route(.get, one, by: describe), Route(.delete, one, .write, by: delete),
        Route(.get, one + "/documents", by: documents), Route(.post, one + "/documents", .write, by: add),
        Route(.get, one + "/documents/{id}", by: document),
        Route(.delete, one + "/documents/{id}", .write, by: deleteDocument),
        Route(.post, one + "/documents/delete", .write, by: deleteDocuments),
        Route(.post, one + "/search", by: search), Route(.get, one + "/map", by: map),
        Route(.post, one + "/compact", .write, by: compact),
      ]
    }

    private static func list(_ exchange: Exchange) async throws -> Response {
      guard let shelf = exchange.service.collections else { return .json(.object(["data": .array([])])) }
      var found: [JSONValue] = []
      for name in try shelf.names() {
        let summary = await shelf.glance(name) { try await self.summary(name, $0, shelf) }
        if let summary {
          found.append(.object(summary))
        } else {
          exchange.service.logger.warning("a collection cannot be opened", metadata: ["name": "\(name)"])
        }
      }
      return .json(.object(["data": .array(found)]))
    }

    private static func describe(_ exchange: Exchange) async throws -> Response {
      try await exchange.collection { collection in
        var members = try await summary(collection.name, collection.documents, try exchange.shelf)
        let statistics = try await collection.documents.statistics()
        let sample = try await collection.documents.sample(SampledAttributes.documents)
        let attributes = SampledAttributes(sample.documents.lazy.map(\.metadata))
        members.append(("attributes", attributes.json))
        members.append(("bytes", .integer(statistics.bytes)))
        members.append(("segments", .integer(statistics.segments.count)))
        return .json(.object(members))
      }
    }

    /// What the list says of a collection.
    private static func summary(
      _ name: CollectionName, _ documents: DocumentCollection, _ shelf: CollectionShelf
    ) async throws -> [(key: String, value: JSONValue)] {
      [
        ("name", .string(name.description)), ("documents", .integer(try await documents.count())),
        ("dimension", .integer(documents.dimension)),
        ("model", shelf.models.name(of: documents.settings).map { .string($0) } ?? .null),
        ("fields", .array(documents.settings.fields.map { .string($0) })),
        ("metric", .string(documents.settings.metric.clientName)),
      ]
    }

    private static func create(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let shelf = try exchange.shelf
      let text = try body.value("name").expect(.string, "\"name\"").string ?? ""
      guard let name = CollectionName(text) else {
        throw ServerError(
          .impossible,
          "should be 1 to 64 letters, digits, points, underscores and dashes of ASCII, the first a letter or digit",
          parameter: "name")
      }
      var settings = CollectionSettings()
      settings.metric = try metric(body) ?? settings.metric
      settings.fields = try fields(body) ?? settings.fields
      let wanted = try body.text("model")
      let ready = settings
      if let dimension = try body.positive("dimension") {
        guard wanted == nil else {
          throw ServerError(.impossible, "excludes \"model\": who gives vectors needs none", parameter: "dimension")
        }
        try await shelf.create(name) {
          try await DocumentCollection.create(at: $0, dimension: dimension, settings: ready)
        }
      } else {
        try await create(name, model: wanted, ready, shelf, exchange)
      }
      let summary = try await shelf.use(text) { try await self.summary(name, $0.documents, shelf) }
      return .json(.object(summary), status: .created)
    }

    private static func create(
      _ name: CollectionName, model wanted: String?, _ settings: CollectionSettings, _ shelf: CollectionShelf,
      _ exchange: Exchange
    ) async throws {
      var settings = settings
      let (modelName, model) = try await exchange.dense(wanted)
      settings.opening = try shelf.models.opening(of: modelName).text
      let ready = settings
      try await shelf.create(name) {
        try await DocumentCollection.create(at: $0, embedder: model.embedder, settings: ready)
      }
    }

    private static func metric(_ body: JSON) throws -> Metric? {
      guard let text = try body.text("metric") else { return nil }
      guard let metric = Metric(clientName: text) else {
        throw ServerError(.malformed, "should be cosine, dot or l2, found \"\(text)\"", parameter: "metric")
      }
      return metric
    }

    private static func fields(_ body: JSON) throws -> [String]? {
      guard let list = body.optional("fields") else { return nil }
      return try list.expect(.array, "\"fields\"").elements.map { element in
        try element.expect(.string, "a field").string ?? ""
      }
    }

    private static func delete(_ exchange: Exchange) async throws -> Response {
      let text = try exchange.parameter("name")
      guard let name = CollectionName(text) else { throw CollectionShelf.missing(text) }
      try await exchange.shelf.delete(name)
      return .done
    }

    private static func compact(_ exchange: Exchange) async throws -> Response {
      try await exchange.collection { collection in
        try await collection.writing.take(before: exchange.deadline) { try await collection.documents.compact() }
        let statistics = try await collection.documents.statistics()
        return .json(
          .object(["segments": .integer(statistics.segments.count), "bytes": .integer(statistics.bytes)]))
      }
    }
  }

  extension Exchange {
    var shelf: CollectionShelf {
      get throws {
        guard let shelf = service.collections else {
          throw ServerError(.notFound, "this server keeps no collections; start it with --collections FOLDER")
        }
        return shelf
      }
    }

    /// Does something with the collection that the path names.
    func collection(_ body: (_ collection: ServedCollection) async throws -> Response) async throws -> Response {
      try await shelf.use(try parameter("name"), body)
    }
  }

  extension CollectionStatistics {
    /// Bytes on the disk.
    var bytes: Int { databaseBytes + segments.reduce(0) { $0 + $1.bytes } }
  }

  extension Metric {
    /// As clients know it.
    var clientName: String { self == .innerProduct ? "dot" : rawValue }

    init?(clientName: String) {
      guard let metric = Metric.allCases.first(where: { $0.clientName == clientName }) else { return nil }
      self = metric
    }
  }
#endif
