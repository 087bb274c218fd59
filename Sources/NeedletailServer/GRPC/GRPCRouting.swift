#if Server
  internal import GRPCCore
  internal import Synchronization

  /// A transport that carries nothing: it gives away the way to the services, along which calls are then sent by whoever
  /// has a stream, each in its own task.
  final class GRPCRouting: ServerTransport {
    typealias Bytes = [UInt8]
    typealias Stream = RPCStream<Inbound, Outbound>
    typealias Handler = @concurrent @Sendable (_ stream: Stream, _ context: ServerContext) async -> Void

    private struct State {
      var handler: Handler?
      var methods: [MethodDescriptor] = []
    }

    private let state = Mutex(State())

    /// The way to some services, and the methods that they have.
    static func route(
      to services: [any RegistrableRPCService]
    ) async throws -> (handler: Handler, methods: [MethodDescriptor]) {
      let routing = GRPCRouting()
      try await GRPCServer(transport: routing, services: services).serve()
      let state = routing.state.withLock { $0 }
      guard let handler = state.handler else { preconditionFailure("a server that serves listens to its transport") }
      return (handler, state.methods)
    }

    func configure(context: GRPCServerContext) {
      state.withLock { $0.methods = context.methods }
    }

    func listen(streamHandler: @escaping Handler) async throws {
      state.withLock { $0.handler = streamHandler }
    }

    func beginGracefulShutdown() {}
  }
#endif
