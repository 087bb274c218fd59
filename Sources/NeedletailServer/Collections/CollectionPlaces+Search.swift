#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailRetrieval

  extension CollectionPlaces {
    static func search(_ exchange: Exchange) async throws -> Response {
      let wishes = try SearchWishes(try await exchange.json())
      return try await exchange.collection { collection in
        let result = try await found(wishes, collection, exchange)
        var hits = result.hits
        if let reranker = wishes.reranker, let query = wishes.query {
          hits = try await reranked(hits, query, by: reranker, exchange)
        }
        var members: [(key: String, value: JSONValue)] = [("hits", .array(hits.prefix(wishes.limit).map(\.json)))]
        if wishes.explains { members.append(("plan", .string(result.plan))) }
        return .json(.object(members))
      }
    }

    private static func found(
      _ wishes: SearchWishes, _ collection: ServedCollection, _ exchange: Exchange
    ) async throws -> SearchResult {
      let vector: [Float]
      if let query = wishes.query {
        vector = try await collection.vector(of: query, exchange)
      } else {
        vector = wishes.vector ?? []
      }
      let documents = collection.documents
      if let weights = wishes.weights {
        return try await documents.search(
          vector: vector, limit: wishes.candidates, fields: weights, where: wishes.filter, effort: wishes.effort)
      }
      return try await documents.search(
        vector: vector, limit: wishes.candidates, field: wishes.field, where: wishes.filter, effort: wishes.effort)
    }

    /// Hits in the order of a cross-encoder's scores, best first; equal ones stay as they were.
    private static func reranked(
      _ hits: [DocumentHit], _ query: String, by name: String, _ exchange: Exchange
    ) async throws -> [DocumentHit] {
      let scorer = try await exchange.reranker(name).model
      guard !hits.isEmpty else { return [] }
      let scores = try await scorer.scores(
        hits.map { (query, $0.passageText) }, truncates: true, member: "rerank", exchange)
      return zip(hits, scores).map { $0.scored($1.first ?? 0) }.enumerated()
        .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(\.element)
    }
  }

  extension DocumentHit {
    /// The hit as clients get it; the passage's ends are counted in Unicode scalars of the field's text.
    var json: JSONValue {
      let text = fieldText.utf8
      let (start, end) = (text.scalars(in: 0..<range.lowerBound), text.scalars(in: range))
      return .object([
        "id": .string(document.id), "score": .float(score), "text": .string(document.text),
        "metadata": document.metadata, "field": .string(field),
        "passage": .object(["start": .integer(start), "end": .integer(start + end)]),
      ])
    }

    /// What is ranked: the nearest passage where it is a part of the text, else the text.
    fileprivate var passageText: String {
      let text = document.text.utf8
      guard field == "text", range.count < text.count, range.upperBound <= text.count else { return document.text }
      return String(decoding: text.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
    }

    /// The text of the field that was nearest.
    private var fieldText: String {
      guard field != "text", case .object(let members) = document.metadata,
        case .string(let text)? = members.first(where: { $0.key == field })?.value
      else { return document.text }
      return text
    }
  }

  extension String.UTF8View {
    /// How many Unicode scalars begin within a range of bytes.
    fileprivate func scalars(in range: Range<Int>) -> Int {
      dropFirst(range.lowerBound).prefix(range.count).reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
  }
#endif
