#if Server
  internal import GRPCCore
  internal import SwiftProtobuf

  /// `tei.v1.Rerank`: texts in the order in which they answer a query.
  struct RerankCalls: Tei_V1_Rerank.ServiceProtocol {
    let calls: GRPCCalls
    /// A stream of texts may have no more bytes than a message.
    let limits: GRPCResponder.Limits

    func rerank(
      request: ServerRequest<Tei_V1_RerankRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_RerankResponse> {
      try await calls.single(request, context, rerank)
    }

    func rerankStream(
      request: StreamingServerRequest<Tei_V1_RerankStreamRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_RerankResponse> {
      let whole = try await gather(request.messages)
      return ServerResponse(message: try await calls.answer(request.metadata, context) { try await rerank(whole, $0) })
    }

    /// A stream as the one request that it stands for.
    private func gather(
      _ messages: RPCAsyncSequence<Tei_V1_RerankStreamRequest, any Error>
    ) async throws -> Tei_V1_RerankRequest {
      var whole = Tei_V1_RerankRequest()
      var bytes = 0
      for try await message in messages {
        if whole.texts.isEmpty {
          (whole.query, whole.truncate, whole.rawScores) = (message.query, message.truncate, message.rawScores)
          (whole.returnText, whole.truncationDirection) = (message.returnText, message.truncationDirection)
        }
        bytes += message.text.utf8.count
        guard bytes <= limits.messageBytes else {
          throw RPCError(
            code: .resourceExhausted,
            message: "the stream's texts have more than \(limits.messageBytes) bytes, which is the limit")
        }
        whole.texts.append(message.text)
      }
      return whole
    }

    @Sendable private func rerank(
      _ request: Tei_V1_RerankRequest, _ call: ServedCall
    ) async throws -> Tei_V1_RerankResponse {
      let begun = ContinuousClock.now
      guard !request.texts.isEmpty else {
        throw RPCError(code: .invalidArgument, message: "texts is empty; expected at least one")
      }
      let reading = TextReading(truncates: request.truncate, side: try request.truncationDirection.side())
      let computed = try await calls.service.rerank(
        request.texts, for: request.query, reading, keepsRawScores: request.rawScores, call)
      let order = computed.value.indices.sorted {
        (computed.value[$1], $0) < (computed.value[$0], $1)
      }
      return .with {
        $0.ranks = order.map { place in
          .with {
            ($0.index, $0.score) = (UInt32(clamping: place), computed.value[place])
            if request.returnText { $0.text = request.texts[place] }
          }
        }
        $0.metadata = Tei_V1_Metadata(computed, since: begun)
      }
    }
  }
#endif
