#if Server
  internal import GRPCCore
  internal import SwiftProtobuf

  /// `tei.v1.Embed`: vectors of texts.
  struct EmbedCalls: Tei_V1_Embed.ServiceProtocol {
    let calls: GRPCCalls

    /// Texts of a stream whose tokens' vectors may be in memory at a time: these are large.
    private static var wholeTexts: Int { 8 }

    func embed(
      request: ServerRequest<Tei_V1_EmbedRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_EmbedResponse> {
      try await calls.single(request, context, embed)
    }

    func embedStream(
      request: StreamingServerRequest<Tei_V1_EmbedRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_EmbedResponse> {
      calls.each(request, context, bytes: { $0.inputs.utf8.count }, embed)
    }

    func embedSparse(
      request: ServerRequest<Tei_V1_EmbedSparseRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_EmbedSparseResponse> {
      try await calls.single(request, context, embedSparse)
    }

    func embedSparseStream(
      request: StreamingServerRequest<Tei_V1_EmbedSparseRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_EmbedSparseResponse> {
      calls.each(request, context, bytes: { $0.inputs.utf8.count }, embedSparse)
    }

    func embedAll(
      request: ServerRequest<Tei_V1_EmbedAllRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_EmbedAllResponse> {
      try await calls.single(request, context, embedAll)
    }

    func embedAllStream(
      request: StreamingServerRequest<Tei_V1_EmbedAllRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_EmbedAllResponse> {
      calls.each(request, context, width: Self.wholeTexts, bytes: { $0.inputs.utf8.count }, embedAll)
    }

    @Sendable private func embed(
      _ request: Tei_V1_EmbedRequest, _ call: ServedCall
    ) async throws -> Tei_V1_EmbedResponse {
      let begun = ContinuousClock.now
      let reading = TextReading(
        truncates: request.truncate, side: try request.truncationDirection.side(),
        prompt: request.hasPromptName ? request.promptName : nil)
      let computed = try await calls.service.embed(
        request.inputs, reading, normalizes: request.normalize,
        dimensions: request.hasDimensions ? Int(request.dimensions) : nil, call)
      return .with {
        $0.embeddings = computed.value
        $0.metadata = Tei_V1_Metadata(computed, since: begun)
      }
    }

    @Sendable private func embedSparse(
      _ request: Tei_V1_EmbedSparseRequest, _ call: ServedCall
    ) async throws -> Tei_V1_EmbedSparseResponse {
      let begun = ContinuousClock.now
      let reading = TextReading(
        truncates: request.truncate, side: try request.truncationDirection.side(),
        prompt: request.hasPromptName ? request.promptName : nil)
      let computed = try await calls.service.embedSparse(request.inputs, reading, call)
      return .with {
        $0.sparseEmbeddings = computed.value.map { entry in
          .with { ($0.index, $0.value) = (UInt32(clamping: entry.id), entry.weight) }
        }
        $0.metadata = Tei_V1_Metadata(computed, since: begun)
      }
    }

    @Sendable private func embedAll(
      _ request: Tei_V1_EmbedAllRequest, _ call: ServedCall
    ) async throws -> Tei_V1_EmbedAllResponse {
      let begun = ContinuousClock.now
      let reading = TextReading(
        truncates: request.truncate, side: try request.truncationDirection.side(),
        prompt: request.hasPromptName ? request.promptName : nil)
      let computed = try await calls.service.embedAll(request.inputs, reading, call)
      return .with {
        $0.tokenEmbeddings = computed.value.map { vector in .with { $0.embeddings = vector } }
        $0.metadata = Tei_V1_Metadata(computed, since: begun)
      }
    }
  }
#endif
