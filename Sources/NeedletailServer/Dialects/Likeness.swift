#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailAnalysis
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor

  /// How alike texts are, and why.
  enum Likeness {
    static var routes: [Route] {
      [Route(.post, "/v1/similarity", by: similarity), Route(.post, "/v1/explain", by: explain)]
    }

    /// Pairs of tokens that an answer lists at most.
    private static var mostPairs: Int { 1 << 20 }

    /// The cosine of every text with every other.
    private static func similarity(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let texts = try body.texts("input", limit: exchange.service.configuration.maximumInputs)
      var wishes = VectorWishes()
      wishes.truncates = exchange.service.configuration.truncates
      if let prompt = try body.text("prompt_name") { wishes.prompt = .named(prompt) }
      let (name, model) = try await exchange.dense(try body.text("model"))
      let vectors = try await model.vectors(.texts(texts), wishes, exchange)
      let matrix = Matrix(
        rows: vectors.rows.count, columns: vectors.rows.first?.count ?? 0, values: vectors.rows.flatMap(\.self))
      let (team, kernels) = (model.embedder.team, model.embedder.kernels)
      let cosines = try await exchange.whileWanted { try await team.map(1) { _ in matrix.cosines(kernels: kernels) } }
      var json = JSONBytes(reserving: 64 + (cosines.first?.values.count ?? 0) * 12)
      json.write("{\"model\":")
      json.write(.string(name))
      json.write(",\"matrix\":")
      if let cosines = cosines.first { write(cosines, to: &json) }
      json.write("}")
      return json.response
    }

    /// What each pair of tokens has to do with the likeness of two texts.
    private static func explain(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let (query, text) = (try body.string("query"), try body.string("text"))
      let (name, model) = try await exchange.dense(try body.text("model"))
      let embedder = model.embedder
      let counts =
        (
          query: try await embedder.tokenCounts([query], as: .query),
          text: try await embedder.tokenCounts([text], as: .document)
        )
      let pairs = (counts.query.first ?? 0) * (counts.text.first ?? 0)
      guard pairs <= mostPairs else {
        throw ServerError(
          .impossible, "the texts have \(pairs) pairs of tokens; the limit is \(mostPairs)", parameter: "text")
      }
      let explanation = try await exchange.computing(
        Work(of: [query, text]), tokens: { $0.query.count + $0.text.count }
      ) {
        try await embedder.explanation(of: query, and: text)
      }
      var json = JSONBytes(reserving: 1024 + pairs * 12)
      json.write("{\"model\":")
      json.write(.string(name))
      json.write(",\"score\":")
      json.write(.float(explanation.score))
      json.write(",\"query_tokens\":")
      json.write(.array(explanation.query.map(token)))
      json.write(",\"text_tokens\":")
      json.write(.array(explanation.text.map(token)))
      json.write(",\"matrix\":")
      write(explanation.matrix, to: &json)
      json.write(explanation.addsUp ? ",\"kind\":\"contributions\"}" : ",\"kind\":\"cosines\"}")
      return json.response
    }

    private static func write(_ matrix: Matrix, to json: inout JSONBytes) {
      json.list(0..<matrix.rows) { row, json in json.write(matrix[row: row]) }
    }

    private static func token(_ token: ExplainedToken) -> JSONValue {
      .object([
        "token": .string(token.text), "start": token.range.map { .integer($0.lowerBound) } ?? .null,
        "end": token.range.map { .integer($0.upperBound) } ?? .null, "special": .boolean(token.isSpecial),
      ])
    }
  }
#endif
