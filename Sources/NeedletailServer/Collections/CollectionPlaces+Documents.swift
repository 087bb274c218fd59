#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailIndex
  internal import NeedletailJSON
  internal import NeedletailRetrieval
  internal import NeedletailTensor

  extension CollectionPlaces {
    static func documents(_ exchange: Exchange) async throws -> Response {
      let after = try exchange.integer("after", in: 0...Int.max, default: 0)
      let limit = try exchange.integer("limit", in: 1...1000, default: 100)
      return try await exchange.collection { collection in
        let page = try await collection.documents.documents(after: after, limit: limit)
        let next: JSONValue = page.documents.count == limit ? .integer(page.position) : .null
        return .json(.object(["data": .array(page.documents.map(\.json)), "next": next]))
      }
    }

    static func document(_ exchange: Exchange) async throws -> Response {
      let id = try exchange.parameter("id")
      return try await exchange.collection { collection in
        guard let document = try await collection.documents.document(id: id) else { throw missing(id, collection) }
        return .json(document.json)
      }
    }

    static func deleteDocument(_ exchange: Exchange) async throws -> Response {
      let id = try exchange.parameter("id")
      return try await exchange.collection { collection in
        let count = try await collection.writing.take(before: exchange.deadline) {
          try await collection.documents.delete(ids: [id])
        }
        guard count > 0 else { throw missing(id, collection) }
        return .done
      }
    }

    private static func missing(_ id: String, _ collection: ServedCollection) -> ServerError {
      ServerError(.notFound, "the collection \"\(collection.name)\" has no document \"\(id.prefix(100))\"")
    }

    static func deleteDocuments(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let filter = try Filter(member: "where", of: body)
      let ids = try body.optional("ids").map { list in
        try list.expect(.array, "\"ids\"").elements.map { try $0.expect(.string, "an id").string ?? "" }
      }
      guard (filter == nil) != (ids == nil) else {
        throw ServerError(.malformed, "give either \"ids\" or \"where\"")
      }
      return try await exchange.collection { collection in
        let count = try await collection.writing.take(before: exchange.deadline) {
          if let filter { return try await collection.documents.delete(where: filter) }
          return try await collection.documents.delete(ids: ids ?? [])
        }
        return .json(.object(["deleted": .integer(count)]))
      }
    }

    // MARK: Adding

    static func add(_ exchange: Exchange) async throws -> Response {
      // All of the body is there before anything is stored: a client that goes away half-way has stored nothing.
      let rows = try await rows(exchange)
      return try await exchange.collection { collection in
        let vectors = try vectors(rows, dimension: collection.documents.dimension)
        if vectors == nil, !rows.isEmpty { try collection.checkModel() }
        let documents = rows.map(\.document)
        try await collection.writing.take(before: exchange.deadline) {
          if let vectors {
            let field = collection.documents.settings.fields[0]
            try await collection.documents.add(documents, vectors: vectors, field: field)
          } else if !documents.isEmpty {
            try await collection.documents.add(documents)
          }
        }
        return .json(
          .object([
            "added": .integer(documents.count), "last_id": documents.last.map { .string($0.id) } ?? .null,
          ]))
      }
    }

    /// The documents of a body, JSON or a row a line.
    private static func rows(_ exchange: Exchange) async throws -> [DocumentRow] {
      let type = exchange.request.headers[.contentType]?.split(separator: ";").first?.lowercased()
      if type == "application/x-ndjson" || type == "application/jsonl" {
        return try DocumentRow.lines(try await exchange.body())
      }
      let list = try await exchange.json().value("documents").expect(.array, "\"documents\"")
      return try list.elements.enumerated().map {
        try DocumentRow(json: $0.element, subject: "documents[\($0.offset)]")
      }
    }

    /// The vectors of rows that bring them; `nil` where none does.
    private static func vectors(_ rows: [DocumentRow], dimension: Int) throws -> Matrix? {
      let given = rows.compactMap(\.vector)
      guard !given.isEmpty else { return nil }
      guard given.count == rows.count else {
        throw ServerError(
          .impossible, "\(given.count) of \(rows.count) documents have a vector; give all of them one, or none")
      }
      if let wrong = given.firstIndex(where: { $0.count != dimension }) {
        throw ServerError(
          .impossible, "has \(given[wrong].count) values; the collection's vectors have \(dimension)",
          parameter: "documents[\(wrong)].vector")
      }
      return Matrix(rows: given.count, columns: dimension, values: given.flatMap(\.self))
    }
  }

  extension Document {
    var json: JSONValue { .object(["id": .string(id), "text": .string(text), "metadata": metadata]) }
  }

  extension Filter {
    /// A filter in words, or in the form of MongoDB; `nil` where a request has none.
    init?(member key: String, of body: JSON) throws {
      guard let value = body.optional(key) else { return nil }
      switch value.kind {
      case .string: try self.init(parsing: value.string ?? "")
      case .object: try self.init(json: value)
      default: throw value.error(.wrongType, "\"\(key)\" should be a string or an object, found \(value.kind)")
      }
    }

    /// The same as a parameter of a path.
    init?(parameter text: String?) throws {
      guard let text, !text.isEmpty else { return nil }
      if text.first(where: { !$0.isWhitespace }) == "{" {
        try self.init(json: try JSONDocument(parsing: text).root)
      } else {
        try self.init(parsing: text)
      }
    }
  }
#endif
