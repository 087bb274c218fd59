#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// The places of Text Embeddings Inference.
  enum TextEmbeddingsInference {
    static var routes: [Route] {
      [
        route("/embed", isBrief: true, by: embed), route("/embed_all", by: embedAll),
        route("/embed_sparse", by: embedSparse),
        route("/similarity", by: similarity), route("/rerank", by: rerank), route("/predict", by: predict),
        route("/tokenize", by: tokenize), route("/decode", by: decode), route("/", by: whatFits),
        Route(.get, "/info", errors: .textEmbeddingsInference, by: info),
      ]
    }

    private static func route(_ path: String, isBrief: Bool = false, by handler: @escaping Route.Handler) -> Route {
      Route(.post, path, errors: .textEmbeddingsInference, isBrief: isBrief, by: handler)
    }

    /// Does what the model is for, as the clients of its authors' hub expect it of an address.
    private static func whatFits(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      if body["query"] != nil { return try await Reranking.answer(exchange, body) }
      if body["inputs"]?.kind == .object { return try await similarity(exchange, body) }
      switch exchange.service.models.kind(try exchange.service.models.name(try body.text("model"))) {
      case .dense: return try await embed(exchange, body)
      case .sparse: return try await embedSparse(exchange, body)
      case .multiVector: return try await embedAll(exchange, body)
      case .crossEncoder, .classifier: return try await predict(exchange, body)
      }
    }

    // MARK: Vectors

    private static func embed(_ exchange: Exchange) async throws -> Response {
      try await embed(exchange, exchange.json())
    }

    private static func embed(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      let inputs = try VectorInputs(try body.value("inputs"), "inputs", exchange.service.configuration)
      let wishes = try VectorWishes(inference: body, exchange.service.configuration)
      let vectors = try await exchange.dense(try body.text("model")).model.vectors(inputs, wishes, exchange)
      var json = JSONBytes(reserving: 64 + vectors.rows.reduce(0) { $0 + $1.count * 12 })
      json.list(vectors.rows) { row, json in json.write(row) }
      return json.response
    }

    /// The states of all tokens.
    private static func embedAll(_ exchange: Exchange) async throws -> Response {
      try await embedAll(exchange, exchange.json())
    }

    private static func embedAll(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      let texts = try body.textOrTexts("inputs", limit: exchange.service.configuration.maximumInputs)
      let wishes = try VectorWishes(inference: body, exchange.service.configuration)
      let states = try await exchange.states(of: texts, wishes, by: try body.text("model"))
      var json = JSONBytes(reserving: 64 + states.reduce(0) { $0 + $1.values.count * 12 })
      json.list(states) { matrix, json in
        json.list(0..<matrix.rows) { row, json in json.write(matrix[row: row]) }
      }
      return json.response
    }

    private static func embedSparse(_ exchange: Exchange) async throws -> Response {
      try await embedSparse(exchange, exchange.json())
    }

    private static func embedSparse(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      let configuration = exchange.service.configuration
      let texts = try body.textOrTexts("inputs", limit: configuration.maximumInputs)
      let vectors = try await exchange.weights(
        of: texts, truncates: try body.flag("truncate") ?? configuration.truncates, member: "inputs",
        by: try body.text("model"))
      var json = JSONBytes()
      json.list(vectors) { vector, json in
        json.list(vector.indices.indices) { place, json in
          json.write("{\"index\":")
          json.write(Int(vector.indices[place]))
          json.write(",\"value\":")
          json.write(.float(vector.values[place]))
          json.write("}")
        }
      }
      return json.response
    }

    private static func similarity(_ exchange: Exchange) async throws -> Response {
      try await similarity(exchange, exchange.json())
    }

    private static func similarity(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      let configuration = exchange.service.configuration
      let inputs = try body.value("inputs").expect(.object, "\"inputs\"")
      let source = try inputs.string("source_sentence")
      let sentences = try inputs.texts("sentences", limit: configuration.maximumInputs)
      var wishes = try VectorWishes(
        inference: try body.optional("parameters")?.expect(.object, "\"parameters\"") ?? body, configuration)
      wishes.member = "inputs.sentences"
      let model = try await exchange.dense(try body.text("model")).model
      let vectors = try await model.vectors(.texts([source] + sentences), wishes, exchange)
      let kernels = model.embedder.kernels
      let cosines = vectors.rows.dropFirst().map { Cosine.of(vectors.rows[0], $0, kernels) }
      return .json(.array(cosines.map { .float($0) }))
    }
  }

  extension VectorWishes {
    /// The members that its requests share.
    init(inference body: JSON, _ configuration: ServerConfiguration) throws {
      member = "inputs"
      truncates = try body.flag("truncate") ?? configuration.truncates
      normalizes = try body.flag("normalize") ?? true
      dimensions = try body.positive("dimensions")
      if let prompt = try body.text("prompt_name") { self.prompt = .named(prompt) }
      switch try body.text("truncation_direction")?.lowercased() {
      case nil: break
      case "left": truncationSide = .left
      case "right": truncationSide = .right
      case .some(let other):
        throw ServerError(
          .malformed, "should be left or right, found \"\(other)\"", parameter: "truncation_direction")
      }
    }
  }
#endif
