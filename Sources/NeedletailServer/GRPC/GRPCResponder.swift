#if Server
  internal import GRPCCore
  internal import HTTPTypes
  package import HummingbirdCore
  package import NIOCore

  /// Answers gRPC calls that come in as HTTP/2 requests.
  ///
  ///     let grpc = try await GRPCResponder(service)
  ///     guard !GRPCResponder.isCall(request) else { return grpc.respond(to: request, on: channel) }
  ///
  /// Messages are neither read nor written compressed. What a call wants to say before its messages is said after them,
  /// since the head of an answer is sent at once. A call is cancelled when its deadline passes or its stream is closed.
  package struct GRPCResponder: Sendable {
    package struct Limits: Sendable {
      /// Bytes of a message at most.
      package var messageBytes = 16 << 20
      /// How long a call may take at most, whatever its deadline; `nil` for no limit.
      package var duration: Duration?

      package init() {}
    }

    /// What is noted about each call.
    package struct Record: Sendable {
      /// Such as `/tei.v1.Embed/Embed`; `nil` where there is no such method.
      package let method: String?
      /// As gRPC numbers them; 0 is success.
      package let code: Int
      package let duration: Duration
    }

    private let limits: Limits
    private let handler: GRPCRouting.Handler
    private let methods: Set<String>
    private let observe: @Sendable (Record) -> Void

    /// - Parameters:
    ///   - service: What computes the answers.
    ///   - limits: How much is read, and how long is waited.
    ///   - observe: Called when a call is over.
    package init(
      _ service: some TextEmbeddings, limits: Limits = .init(), observe: @escaping @Sendable (Record) -> Void = { _ in }
    ) async throws {
      let calls = GRPCCalls(service)
      let names = [
        Tei_V1_Info.descriptor, Tei_V1_Embed.descriptor, Tei_V1_Predict.descriptor, Tei_V1_Rerank.descriptor,
        Tei_V1_Tokenize.descriptor, Grpc_Health_V1_Health.descriptor, Grpc_Reflection_V1_ServerReflection.descriptor,
      ].map(\.fullyQualifiedService)
      let services: [any RegistrableRPCService] = [
        InfoCalls(calls: calls), EmbedCalls(calls: calls), PredictCalls(calls: calls),
        RerankCalls(calls: calls, limits: limits), TokenizeCalls(calls: calls),
        HealthCalls(calls: calls, services: Set(names)), ReflectionCalls(services: names),
      ]
      let routing = try await GRPCRouting.route(to: services)
      handler = routing.handler
      methods = Set(routing.methods.map { "/\($0.fullyQualifiedMethod)" })
      (self.limits, self.observe) = (limits, observe)
    }

    /// Whether a request is a gRPC call, or means to be one.
    package static func isCall(_ request: Request) -> Bool {
      request.headers[.contentType].map { $0.lowercased().hasPrefix("application/grpc") } ?? false
    }

    /// The answer to a call; what it computes begins when its body is written.
    ///
    /// - Parameters:
    ///   - request: One of which ``isCall(_:)`` says that it is a call.
    ///   - channel: Its stream; the call is cancelled when it closes.
    package func respond(to request: Request, on channel: any Channel) -> Response {
      guard request.method == .post else { return Response(status: .methodNotAllowed, headers: [.allow: "POST"]) }
      guard Self.isProtobuf(request.headers[.contentType] ?? "") else { return Response(status: .unsupportedMediaType) }
      let path = request.head.path ?? ""
      guard methods.contains(path) else {
        return refusal(nil, Status(code: .unimplemented, message: "there is no method \(path)"))
      }
      let begun = ContinuousClock.now
      var duration = limits.duration
      if let text = request.headers[GRPCFields.timeout] {
        do {
          let wanted = try GRPCFields.duration(text)
          duration = duration.map { min($0, wanted) } ?? wanted
        } catch {
          return refusal(path, Status(error))
        }
      }
      let deadline = duration.map { begun + $0 }
      return Response(
        status: .ok, headers: Self.head,
        body: ResponseBody { writer in
          var code = Status.Code.cancelled.rawValue
          defer { observe(Record(method: path, code: code, duration: .now - begun)) }
          code = try await run(request, path, deadline, channel, &writer)
        })
    }

    /// The answer to a call that is not let in.
    ///
    /// - Parameters:
    ///   - status: What HTTP would say, such as 401.
    ///   - message: Why.
    package static func refusal(status: Int, message: String) -> Response {
      answer(Status(code: Status.Code(GRPCFailure.code(forStatus: status)), message: message))
    }

    private func refusal(_ method: String?, _ status: Status) -> Response {
      observe(Record(method: method, code: status.code.rawValue, duration: .zero))
      return Self.answer(status)
    }

    private static func answer(_ status: Status) -> Response {
      Response(
        status: .ok, headers: head,
        body: ResponseBody { writer in try await writer.finish(GRPCFields.trailers(status, [:])) })
    }

    private static let head: HTTPFields = [.contentType: "application/grpc", GRPCFields.acceptedEncodings: "identity"]

    private static func isProtobuf(_ type: String) -> Bool {
      let name = type.prefix { $0 != ";" }.lowercased()
      return name == "application/grpc" || name == "application/grpc+proto"
    }

    /// Runs a call and writes what it answers.
    ///
    /// - Returns: gRPC's number of how it ended.
    private func run(
      _ request: Request, _ path: String, _ deadline: ContinuousClock.Instant?, _ channel: any Channel,
      _ writer: inout any ResponseBodyWriter
    ) async throws -> Int {
      let answer = GRPCAnswer()
      channel.closeFuture.whenComplete { _ in
        answer.end(Status(code: .cancelled, message: "the client has gone"))
      }
      let parts = GRPCRequestParts(
        metadata: GRPCFields.metadata(request.headers), body: request.body, limit: limits.messageBytes)
      return try await withTaskCancellationHandler {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { await call(path, parts, answer, deadline, channel) }
          if let deadline {
            group.addTask {
              try await Task.sleep(until: deadline, tolerance: .zero, clock: .continuous)
              answer.end(Status(code: .deadlineExceeded, message: "the call took longer than it was given"))
              // A client that does not read what it gets cannot be told.
              try await Task.sleep(for: Self.patience)
              channel.close(promise: nil)
            }
          }
          while true {
            switch await answer.next() {
            case .write(let messages): try await writer.write(messages)
            case .end(let end):
              // What the call still does is stopped after its client has been told.
              try await writer.finish(GRPCFields.trailers(end.status, end.metadata))
              if !parts.isRead { await Self.linger(channel) }
              group.cancelAll()
              return end.status.code.rawValue
            }
          }
        }
      } onCancel: {
        answer.end(Status(code: .unavailable, message: "the server stops"))
      }
    }

    /// How long the end of a call may wait for its client.
    private static let patience = Duration.seconds(2)

    /// Waits a while for the client to close a stream that has ended early.
    ///
    /// Reading of its body may have been stopped, upon which Hummingbird closes the stream; then NIO drops what it has not
    /// sent yet, and the client would never learn why.
    private static func linger(_ channel: any Channel) async {
      let (closed, source) = AsyncStream<Void>.makeStream()
      channel.closeFuture.whenComplete { _ in source.finish() }
      await withTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in closed {} }
        group.addTask { try? await Task.sleep(for: patience) }
        await group.next()
        group.cancelAll()
      }
    }

    /// Sends a call to its service.
    private func call(
      _ path: String, _ parts: GRPCRequestParts, _ answer: GRPCAnswer, _ deadline: ContinuousClock.Instant?,
      _ channel: any Channel
    ) async {
      let names = path.split(separator: "/", maxSplits: 1).map(String.init)
      let descriptor = MethodDescriptor(fullyQualifiedService: names[0], method: names[1])
      let stream = GRPCRouting.Stream(
        descriptor: descriptor, inbound: RPCAsyncSequence(wrapping: parts),
        outbound: RPCWriter.Closable(wrapping: GRPCAnswerWriter(answer: answer)))
      await withServerContextRPCCancellationHandle { cancellation in
        var context = ServerContext(
          descriptor: descriptor, remotePeer: Self.name(channel.remoteAddress),
          localPeer: Self.name(channel.localAddress), cancellation: cancellation)
        context.transportSpecific = GRPCDeadline(instant: deadline)
        await withTaskCancellationHandler {
          await handler(stream, context)
        } onCancel: {
          cancellation.cancel()
        }
      }
    }

    /// An address as gRPC writes it.
    private static func name(_ address: SocketAddress?) -> String {
      switch address {
      case .v4: "ipv4:\(address?.ipAddress ?? ""):\(address?.port ?? 0)"
      case .v6: "ipv6:[\(address?.ipAddress ?? "")]:\(address?.port ?? 0)"
      case .unixDomainSocket: "unix:\(address?.pathname ?? "")"
      case nil: "unknown"
      }
    }
  }

  /// When a call's client no longer waits, for the services.
  struct GRPCDeadline: ServerContext.TransportSpecific {
    let instant: ContinuousClock.Instant?
  }

  extension Status {
    fileprivate init(_ error: any Error) {
      let error = error as? RPCError ?? RPCError(code: .internalError, message: "\(error)")
      self.init(code: Code(error.code), message: error.message)
    }
  }
#endif
