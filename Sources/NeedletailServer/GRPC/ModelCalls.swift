#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NIOCore
  internal import NeedletailEmbedding
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// What gRPC's calls ask, computed by the server's models as HTTP's requests are.
  struct ModelCalls: TextEmbeddings {
    let service: Service

    func isServing() async -> Bool { !service.isDraining && service.models.loadedModel(service.models.names[0]) != nil }

    func info(_ call: ServedCall) async throws -> InferenceInfo {
      let configuration = service.configuration
      let name = try service.models.name(call.model)
      let model = try await service.models.model(name)
      let choice = service.models.choice(name)
      let kind: InferenceInfo.Kind =
        switch model.kind {
        case .dense, .sparse, .multiVector: .embedding
        case .crossEncoder: .reranker
        case .classifier: .classifier
        }
      return InferenceInfo(
        version: Release.version, id: name, precision: choice?.configuration.precision.dtype ?? "float32", kind: kind,
        maximumRequests: configuration.maximumRequests,
        maximumLength: model.maximumLength ?? configuration.maximumWaitingTokens,
        maximumBatchTokens: choice?.configuration.batchTokens ?? 0, maximumClientBatch: configuration.maximumInputs,
        tokenizationWorkers: configuration.team.threads)
    }

    func embed(
      _ text: String, _ reading: TextReading, normalizes: Bool, dimensions: Int?, _ call: ServedCall
    ) async throws -> Computed<[Float]> {
      let exchange = exchange(call)
      var wishes = Self.wishes(reading)
      (wishes.normalizes, wishes.dimensions) = (normalizes, dimensions)
      let vectors = try await exchange.dense(call.model).model.vectors(.texts([text]), wishes, exchange)
      return Self.computed(Array(vectors.rows[0]), exchange)
    }

    func embedAll(_ text: String, _ reading: TextReading, _ call: ServedCall) async throws -> Computed<[[Float]]> {
      let exchange = exchange(call)
      let states = try await exchange.states(of: [text], Self.wishes(reading), by: call.model)[0]
      return Self.computed((0..<states.rows).map { Array(states[row: $0]) }, exchange)
    }

    func embedSparse(
      _ text: String, _ reading: TextReading, _ call: ServedCall
    ) async throws -> Computed<[(id: Int, weight: Float)]> {
      let exchange = exchange(call)
      let vector = try await exchange.weights(
        of: [text], truncates: reading.truncates, member: "inputs", by: call.model)[0]
      return Self.computed(zip(vector.indices, vector.values).map { (Int($0), $1) }, exchange)
    }

    func predict(
      _ text: String, pair: String?, _ reading: TextReading, keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Computed<[(label: String, score: Float)]> {
      let exchange = exchange(call)
      let (labels, rows) = try await exchange.predictions(
        for: [(text, pair)], keepsRawScores: keepsRawScores, truncates: reading.truncates, member: "inputs",
        by: call.model)
      return Self.computed(zip(labels, rows[0]).map { ($0, $1) }, exchange)
    }

    func rerank(
      _ texts: [String], for query: String, _ reading: TextReading, keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Computed<[Float]> {
      let exchange = exchange(call)
      let limit = service.configuration.maximumInputs
      guard texts.count <= limit else {
        throw ServerError(.tooLarge, "has \(texts.count) texts; the limit is \(limit)", parameter: "texts")
      }
      let scorer = try await exchange.reranker(call.model).model
      let rows = try await scorer.scores(
        texts.map { (query, $0) }, function: keepsRawScores ? .identity : .sigmoid, truncates: reading.truncates,
        member: "texts", exchange)
      return Self.computed(rows.map { $0.first ?? 0 }, exchange)
    }

    func tokenize(
      _ text: String, prompt: String?, addsSpecialTokens: Bool, _ call: ServedCall
    ) async throws -> [ServedToken] {
      try await exchange(call).servedTokens(
        of: [text], prompt: prompt, addsSpecialTokens: addsSpecialTokens, by: call.model)[0]
    }

    func decode(_ ids: [Int], skipsSpecialTokens: Bool, _ call: ServedCall) async throws -> String {
      let tokenizer = try await exchange(call).model(call.model).model.tokenizer
      let small = try ids.map { try Int32(tokenID: $0, at: "ids") }
      return try tokenizer.decode(small, skippingSpecialTokens: skipsSpecialTokens)
    }

    func failure(_ error: any Error) -> (status: Int, message: String, retryAfter: Duration?) {
      let error = ServerError(error)
      return (error.code.status.code, error.description, error.retryAfter.map { .seconds($0) })
    }

    /// A call as the models know requests.
    private func exchange(_ call: ServedCall) -> Exchange {
      let now = ContinuousClock.now
      let limit = now + service.configuration.requestTimeout
      let head = HTTPRequest(method: .post, scheme: "http", authority: nil, path: "/")
      return Exchange(
        Request(head: head, body: RequestBody(buffer: ByteBuffer())), Parameters(), service, arrival: now,
        deadline: min(call.deadline ?? limit, limit), client: nil, id: RequestName.new(), trace: nil)
    }

    private static func wishes(_ reading: TextReading) -> VectorWishes {
      var wishes = VectorWishes()
      wishes.member = "inputs"
      (wishes.truncates, wishes.truncationSide) = (reading.truncates, reading.side)
      if let prompt = reading.prompt { wishes.prompt = .named(prompt) }
      return wishes
    }

    private static func computed<Value: Sendable>(_ value: Value, _ exchange: Exchange) -> Computed<Value> {
      let work = exchange.notes.work
      return Computed(
        value, characters: work.characters, tokens: work.tokens, tokenization: work.tokenization,
        queue: work.queue, inference: work.inference)
    }
  }
#endif
