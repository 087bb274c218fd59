#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTokenizers

  /// Cohere's embed and rerank of both versions; the rerank of the first is Jina's, too.
  enum Cohere {
    static var routes: [Route] {
      [
        Route(.post, "/v1/embed", errors: .cohere, isBrief: true) { try await embed($0, .first) },
        Route(.post, "/v2/embed", errors: .cohere, isBrief: true) { try await embed($0, .second) },
        Route(.post, "/v1/rerank", errors: .cohereAndJina) {
          try await Reranking.described($0, $0.json(), version: "1")
        },
        Route(.post, "/v2/rerank", errors: .cohere) { try await Reranking.described($0, $0.json(), version: "2") },
      ]
    }

    private enum Version: String { case first = "1", second = "2" }

    private static func embed(_ exchange: Exchange, _ version: Version) async throws -> Response {
      let body = try await exchange.json()
      let texts = try texts(body, limit: exchange.service.configuration.maximumInputs)
      let forms = try forms(body)
      let wishes = try wishes(body)
      let vectors = try await exchange.dense(try body.text("model")).model.vectors(.texts(texts), wishes, exchange)
      var json = JSONBytes(reserving: 512 + vectors.rows.reduce(0) { $0 + $1.count * 12 })
      json.write("{\"id\":")
      json.write(.string(exchange.id))
      json.write(",\"embeddings\":")
      if version == .first, forms == nil {
        json.list(vectors.rows) { row, json in json.write(row) }
        json.write(",\"response_type\":\"embeddings_floats\"")
      } else {
        write(vectors.rows, as: forms ?? [.float], to: &json)
        json.write(",\"response_type\":\"embeddings_by_type\"")
      }
      json.write(",\"texts\":")
      json.write(.array(texts.map { .string($0) }))
      json.write(",\"meta\":")
      json.write(
        .object([
          "api_version": .object(["version": .string(version.rawValue)]),
          "billed_units": .object(["input_tokens": .integer(vectors.tokens.reduce(0, +))]),
        ]))
      json.write("}")
      return json.response
    }

    private static func write(_ rows: [ArraySlice<Float>], as forms: [NarrowForm], to json: inout JSONBytes) {
      json.write("{")
      for (index, form) in forms.enumerated() {
        if index > 0 { json.write(",") }
        json.write(.string(form.rawValue))
        json.write(":")
        json.list(rows) { row, json in form.write(row, to: &json) }
      }
      json.write("}")
    }

    /// `texts`, or the texts of `inputs`, whose parts are read together.
    private static func texts(_ body: JSON, limit: Int) throws -> [String] {
      guard body.optional("texts") == nil, let inputs = body.optional("inputs") else {
        return try body.texts("texts", limit: limit)
      }
      return try inputs.list("inputs", limit: limit).enumerated().map { index, input in
        let place = "inputs[\(index)].content"
        guard let content = input["content"] else { throw ServerError(.malformed, "is missing", parameter: place) }
        if let text = content.string { return text }
        return try content.list(place, limit: limit).enumerated().map { part, json in
          guard try json.text("type") ?? "text" == "text", let text = json["text"]?.string else {
            throw ServerError(
              .impossible, "should be of the type text; this model reads nothing else", parameter: "\(place)[\(part)]")
          }
          return text
        }.joined(separator: "\n")
      }
    }

    private static func forms(_ body: JSON) throws -> [NarrowForm]? {
      guard let types = body.optional("embedding_types") else { return nil }
      var forms: [NarrowForm] = []
      for (index, type) in try types.list("embedding_types", limit: 16).enumerated() {
        guard let form = type.string.flatMap(NarrowForm.init(rawValue:)) else {
          throw ServerError(
            .malformed, "should be one of \(NarrowForm.allCases.map(\.rawValue).joined(separator: ", "))",
            parameter: "embedding_types[\(index)]")
        }
        if !forms.contains(form) { forms.append(form) }
      }
      return forms
    }

    private static func wishes(_ body: JSON) throws -> VectorWishes {
      var wishes = VectorWishes()
      wishes.member = body.optional("texts") == nil ? "inputs" : "texts"
      wishes.dimensions = try body.positive("output_dimension")
      switch try body.text("input_type") {
      case nil, "classification", "clustering": break
      case "search_query": wishes.role = .query
      case "search_document": wishes.role = .document
      case .some(let other):
        throw ServerError(
          .malformed,
          "should be search_query, search_document, classification or clustering, found \"\(other)\"",
          parameter: "input_type")
      }
      switch try body.text("truncate")?.uppercased() {
      case nil, "END": wishes.truncationSide = nil
      case "START": wishes.truncationSide = .left
      case "NONE": wishes.truncates = false
      case .some(let other):
        throw ServerError(.malformed, "should be NONE, START or END, found \"\(other)\"", parameter: "truncate")
      }
      return wishes
    }
  }
#endif
