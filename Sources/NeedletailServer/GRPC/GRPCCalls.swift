#if Server
  internal import GRPCCore
  internal import NeedletailTokenizers

  /// What the services share: who calls, errors as gRPC says them, and streams of calls.
  struct GRPCCalls: Sendable {
    let service: any TextEmbeddings

    init(_ service: any TextEmbeddings) { self.service = service }

    /// The metadata that names a model.
    private static var model: String { "x-model-id" }

    /// Computes one answer.
    func answer<Value: Sendable>(
      _ metadata: Metadata, _ context: ServerContext, _ body: (ServedCall) async throws -> Value
    ) async throws(RPCError) -> Value {
      let deadline = (context.transportSpecific as? GRPCDeadline)?.instant
      var models = metadata[stringValues: Self.model].makeIterator()
      do {
        return try await body(ServedCall(deadline: deadline, model: models.next()))
      } catch {
        throw GRPCFailure.error(error, of: service)
      }
    }

    /// Answers one request with one message.
    func single<Input, Output>(
      _ request: ServerRequest<Input>, _ context: ServerContext,
      _ body: (Input, ServedCall) async throws -> Output
    ) async throws -> ServerResponse<Output> {
      ServerResponse(message: try await answer(request.metadata, context) { try await body(request.message, $0) })
    }

    /// Answers a stream of requests in their order.
    ///
    /// - Parameters:
    ///   - width: Requests that are computed at a time at most, whose answers may have to wait for the client.
    ///   - bytes: About how many bytes a request has.
    func each<Input, Output>(
      _ request: StreamingServerRequest<Input>, _ context: ServerContext, width: Int = 256,
      bytes: @escaping @Sendable (Input) -> Int,
      _ body: @escaping @Sendable (Input, ServedCall) async throws -> Output
    ) -> StreamingServerResponse<Output> {
      StreamingServerResponse { writer in
        try await OrderedAnswers(width: width).answer(request.messages, writer, bytes: bytes) { message in
          try await answer(request.metadata, context) { try await body(message, $0) }
        }
        return [:]
      }
    }
  }

  extension Tei_V1_Metadata {
    /// What an answer took, the time since it was begun included.
    init<Value>(_ computed: Computed<Value>, since begun: ContinuousClock.Instant) {
      self.init()
      computeChars = UInt32(clamping: computed.characters)
      computeTokens = UInt32(clamping: computed.tokens)
      totalTimeNs = Self.nanoseconds(.now - begun)
      tokenizationTimeNs = Self.nanoseconds(computed.tokenization)
      queueTimeNs = Self.nanoseconds(computed.queue)
      inferenceTimeNs = Self.nanoseconds(computed.inference)
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
      UInt64(max(0, duration / .nanoseconds(1)))
    }
  }

  extension Tei_V1_TruncationDirection {
    /// The end that is cut off.
    ///
    /// - Throws: `RPCError` for a number that means none.
    func side() throws -> Truncation.Direction {
      switch self {
      case .right: return .right
      case .left: return .left
      case .UNRECOGNIZED(let number):
        throw RPCError(
          code: .invalidArgument, message: "truncation_direction is \(number); expected 0 (right) or 1 (left)")
      }
    }
  }
#endif
