internal import GRDB
internal import NeedletailEmbedding
public import NeedletailIndex
internal import NeedletailTensor

extension DocumentCollection {
  /// Finds the documents nearest in meaning to a question.
  ///
  /// - Parameters:
  ///   - query: Any text; the model takes it as a question.
  ///   - limit: How many documents at most; at least 1.
  ///   - field: The field to search; the collection's first by default.
  ///   - filter: Which documents may be found; all by default.
  ///   - effort: How hard to try in large segments; small ones and what waits in memory are compared as a whole.
  /// - Throws: ``RetrievalError``; errors of the model; `IndexError` where the filter asks for what no document has.
  public func search(
    _ query: String, limit: Int = 10, field: String? = nil, where filter: Filter? = nil,
    effort: SearchEffort = .recall(0.95)
  ) async throws -> SearchResult {
    let vector = try await self.vector(of: query)
    return explained(try await search(vector: vector, limit: limit, field: field, where: filter, effort: effort))
  }

  /// A question as a vector to search for.
  func vector(of query: String) async throws -> [Float] {
    guard let embedder else {
      throw RetrievalError(.request, path, "was opened without a model; open it with one, or search with a vector")
    }
    let vector = try await embedder.embed(query, as: .query)
    return queryMap?.map.image(of: vector[...], frame.kernels) ?? vector
  }

  /// The result of a question, saying that it was mapped, where it was.
  func explained(_ result: SearchResult) -> SearchResult {
    guard let compensation else { return result }
    let note =
      "the question is mapped from another model; of what the collection's own finds, \(compensation.recall) was found "
      + "for \(compensation.questions) held-out texts"
    return SearchResult(hits: result.hits, plan: note + "\n" + result.plan)
  }

  /// Finds the documents whose vectors are nearest to one.
  ///
  /// The documents are those of one moment, and as they were then, whatever is written meanwhile. Of a document with
  /// several chunks the nearest counts. There are `limit` hits whenever as many documents may be found.
  ///
  /// - Parameters:
  ///   - vector: `[dimension]`, finite.
  ///   - limit: How many documents at most; at least 1.
  ///   - field: The field to search; the collection's first by default.
  ///   - filter: Which documents may be found; all by default.
  ///   - effort: How hard to try in large segments; small ones and what waits in memory are compared as a whole.
  /// - Throws: ``RetrievalError``; `IndexError` with code `.unknownAttribute` or `.wrongType` where the filter asks for
  ///   what no document has.
  public func search(
    vector: [Float], limit: Int = 10, field: String? = nil, where filter: Filter? = nil,
    effort: SearchEffort = .recall(0.95)
  ) async throws -> SearchResult {
    let position = try position(of: field ?? settings.fields[0])
    return try await search(
      SearchRequest(
        vector: vector, limit: limit, fields: [.init(position: position, weight: 1)], filter: filter,
        metric: settings.metric, effort: effort))
  }

  /// Answers a request from one state of the collection.
  func search(_ request: SearchRequest) async throws -> SearchResult {
    guard request.limit > 0 else { throw RetrievalError(.request, "limit \(request.limit)", "must be at least 1") }
    try checkVector(request.vector[...], "query")
    for _ in 0..<Self.attempts {
      if let result = try await search(request, in: database.reader, retrying: true) { return result }
    }
    // Writers were faster each time: this time what is read stays.
    let reader = try database.snapshot()
    guard let result = try await search(request, in: reader, retrying: false) else {
      throw RetrievalError(.damaged, path, "lacks documents that its chunks belong to; restore it from a backup")
    }
    return result
  }

  private static let attempts = 4

  /// One attempt; `nil` where a document that was found is no longer there, or segments had to be opened first.
  private func search(
    _ request: SearchRequest, in reader: any DatabaseReader, retrying: Bool
  ) async throws -> SearchResult? {
    do {
      let (snapshot, filters) = try await reader.read { [self] database in
        let snapshot = try self.snapshot(database, mayBeGone: retrying)
        let filters = try request.filter.map { filter in
          try request.fields.map { field in
            try snapshot.resolve(filter, field: field.position, database, tail: tailMetadata, path: self.path)
          }
        }
        return (snapshot, filters)
      }
      let (found, plan) = try snapshot.search(request, filters)
      let (path, dimension, fields, frame) = (path, dimension, settings.fields, frame)
      let hits: [DocumentHit] = try await reader.read { database in
        try frame.checkModel(database)
        let table = DocumentTable(database: database, path: path, dimension: dimension)
        return try found.compactMap { try table.hit($0, fields: fields) }
      }
      return hits.count == found.count ? SearchResult(hits: hits, plan: plan) : nil
    } catch is CollectionSnapshot.SegmentGone {
      return nil
    } catch let closed as CollectionSnapshot.SegmentsToOpen {
      try await shelf.open(closed.records, on: team)
      return nil
    } catch {
      throw RetrievalError.translated(error, path: path)
    }
  }
}

/// What is searched for.
struct SearchRequest: Sendable {
  let vector: [Float]
  let limit: Int
  /// At least one.
  let fields: [WeightedField]
  let filter: Filter?
  let metric: Metric
  let effort: SearchEffort
}

/// A field, and how much its similarity counts.
struct WeightedField: Sendable {
  /// The field's position in the collection's settings.
  let position: Int
  /// More than 0.
  let weight: Float
}

extension CollectionSnapshot {
  /// The nearest documents, and how they were found.
  ///
  /// - Parameter filters: The request's, resolved for each of its fields.
  func search(_ request: SearchRequest, _ filters: [FieldFilter]?) throws -> (found: [Candidate], plan: String) {
    if request.fields.count > 1 || request.fields[0].weight != 1 { return try searchWeighted(request, filters) }
    let (field, filter) = (fields[request.fields[0].position], filters?[0])
    // Chunks of one document may stand in each other's way: then more of them are asked for.
    var wanted = request.limit
    while true {
      let list = try field.search(request, limit: wanted, filter: filter)
      let documents = list.documents
      if documents.count >= request.limit || list.sorted.count < wanted {
        let plan = plan(of: field, request, filter, limit: request.limit) + damage.map { "not used: \($0)" }
        return (Array(documents.prefix(request.limit)), plan.joined(separator: "\n"))
      }
      wanted *= 4
    }
  }

  /// How a field is searched, in words.
  func plan(of field: FieldSnapshot, _ request: SearchRequest, _ filter: FieldFilter?, limit: Int) -> [String] {
    let words = request.filter.flatMap { text in filter.map { [$0.description(of: text)] } } ?? []
    let segments = field.segments.enumerated().map { place, segment in
      let matches = filter?.segments[place].population ?? segment.count
      return "segment \(segment.segment.record.name): "
        + segment.segment.plan(limit: limit, effort: request.effort, matches: matches)
    }
    return words + segments + ["in memory: \(field.tailCount) vectors, each that matches is compared"]
  }
}

extension DocumentTable {
  /// The document of a chunk that was found; `nil` where it is gone.
  func hit(_ candidate: Candidate, fields: [String]) throws -> DocumentHit? {
    let documents = try database.cachedStatement(
      sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number = ?")
    let chunks = try database.cachedStatement(
      sql: "SELECT \(StoredChunk.columns) FROM chunks WHERE number = ?")
    guard let row = try Row.fetchOne(documents, arguments: [candidate.document]),
      let piece = try Row.fetchOne(chunks, arguments: [candidate.chunk])
    else { return nil }
    let document = try StoredDocument.read(row, path: path).document
    let chunk = try StoredChunk.read(piece, dimension: dimension, path: path)
    guard chunk.document == candidate.document, fields.indices.contains(chunk.field) else {
      throw RetrievalError(.damaged, path, "chunk number \(chunk.number) belongs elsewhere; restore it from a backup")
    }
    return DocumentHit(
      document: try document.document(path: path), score: candidate.score, field: fields[chunk.field],
      range: chunk.range)
  }

  /// The number of a document by its id.
  func number(of id: [UInt8]) throws -> Int? {
    let statement = try database.cachedStatement(sql: "SELECT number FROM documents WHERE id = ?")
    return try Row.fetchOne(statement, arguments: [DatabaseBytes(id).value]).map { try $0.integer(0) }
  }
}
