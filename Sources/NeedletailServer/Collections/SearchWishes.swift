#if Server
  internal import NeedletailIndex
  internal import NeedletailJSON
  internal import NeedletailRetrieval

  /// What a search of a collection is asked for.
  struct SearchWishes: Sendable {
    var query: String?
    var vector: [Float]?
    var limit: Int
    var filter: Filter?
    var field: String?
    /// Fields, and how much each counts.
    var weights: [String: Float]?
    var effort: SearchEffort
    /// The model that looks at what was found once more.
    var reranker: String?
    var explains: Bool

    init(_ body: JSON) throws {
      query = try body.text("query")
      vector = try body.optional("vector").map { try Self.vector($0) }
      guard (query == nil) != (vector == nil) else {
        throw ServerError(.malformed, "give either \"query\" or \"vector\"")
      }
      if let query, !query.contains(where: { !$0.isWhitespace }) {
        throw ServerError(.impossible, "is empty", parameter: "query")
      }
      limit = body.optional("limit") == nil ? 10 : try body.integer("limit", in: 1...10_000)
      filter = try Filter(member: "where", of: body)
      field = try body.text("field")
      weights = try body.optional("fields").map { try Self.weights($0) }
      guard field == nil || weights == nil else { throw ServerError(.malformed, "give either \"field\" or \"fields\"") }
      effort = try body.flag("exact") == true ? .exact : .recall(try Self.recall(body))
      reranker = try body.text("rerank")
      if reranker != nil, query == nil {
        throw ServerError(.impossible, "needs a \"query\", not a vector", parameter: "rerank")
      }
      explains = try body.flag("explain") ?? false
    }

    /// How many documents are found: those that are reranked are more than are wanted.
    var candidates: Int { reranker == nil ? limit : max(50, 5 * limit) }

    private static func vector(_ json: JSON) throws -> [Float] {
      try json.expect(.array, "\"vector\"").elements.map { element in
        guard let value = element.double, let number = Float(exactly: Float(value)), number.isFinite else {
          throw element.error(
            .wrongType, "\"vector\" should hold numbers of the range of float32, found \(element.kind)")
        }
        return number
      }
    }

    private static func weights(_ json: JSON) throws -> [String: Float] {
      var weights: [String: Float] = [:]
      for (key, value) in try json.expect(.object, "\"fields\"").members {
        guard let weight = value.double else {
          throw value.error(.wrongType, "a field's weight should be a number, found \(value.kind)")
        }
        weights[String(decoding: key, as: UTF8.self)] = Float(weight)
      }
      return weights
    }

    private static func recall(_ body: JSON) throws -> Double {
      guard body.optional("recall") != nil else { return 0.95 }
      let recall = try body.double("recall")
      guard (0.5...1).contains(recall) else {
        throw ServerError(.malformed, "should be 0.5 to 1, found \(recall)", parameter: "recall")
      }
      return recall
    }
  }
#endif
