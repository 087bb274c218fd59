#if Server
  internal import GRPCCore
  internal import SwiftProtobuf

  /// `tei.v1.Predict`: labels of texts and of pairs.
  struct PredictCalls: Tei_V1_Predict.ServiceProtocol {
    let calls: GRPCCalls

    func predict(
      request: ServerRequest<Tei_V1_PredictRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_PredictResponse> {
      try await calls.single(request, context, predict)
    }

    func predictStream(
      request: StreamingServerRequest<Tei_V1_PredictRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_PredictResponse> {
      calls.each(request, context, bytes: { $0.inputs.utf8.count }, predict)
    }

    func predictPair(
      request: ServerRequest<Tei_V1_PredictPairRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_PredictResponse> {
      try await calls.single(request, context, predictPair)
    }

    func predictPairStream(
      request: StreamingServerRequest<Tei_V1_PredictPairRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_PredictResponse> {
      calls.each(request, context, bytes: { $0.inputs.reduce(0) { $0 + $1.utf8.count } }, predictPair)
    }

    @Sendable private func predict(
      _ request: Tei_V1_PredictRequest, _ call: ServedCall
    ) async throws -> Tei_V1_PredictResponse {
      let reading = TextReading(truncates: request.truncate, side: try request.truncationDirection.side())
      return try await predict(request.inputs, nil, reading, request.rawScores, call)
    }

    @Sendable private func predictPair(
      _ request: Tei_V1_PredictPairRequest, _ call: ServedCall
    ) async throws -> Tei_V1_PredictResponse {
      let texts = request.inputs
      guard texts.count == 1 || texts.count == 2 else {
        throw RPCError(
          code: .invalidArgument, message: "inputs has \(texts.count) texts; expected one, or two for a pair")
      }
      let reading = TextReading(truncates: request.truncate, side: try request.truncationDirection.side())
      return try await predict(texts[0], texts.count == 2 ? texts[1] : nil, reading, request.rawScores, call)
    }

    private func predict(
      _ text: String, _ pair: String?, _ reading: TextReading, _ keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Tei_V1_PredictResponse {
      let begun = ContinuousClock.now
      let computed = try await calls.service.predict(text, pair: pair, reading, keepsRawScores: keepsRawScores, call)
      return .with {
        $0.predictions = computed.value.sorted { $0.score > $1.score }.map { label in
          .with { ($0.score, $0.label) = (label.score, label.label) }
        }
        $0.metadata = Tei_V1_Metadata(computed, since: begun)
      }
    }
  }
#endif
