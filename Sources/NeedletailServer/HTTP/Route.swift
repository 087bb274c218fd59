#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore

  /// A place that clients ask, and who answers.
  struct Route: Sendable {
    typealias Handler = @Sendable (Exchange) async throws -> Response

    let method: HTTPRequest.Method
    /// As in `/v1/models/{id}`.
    let path: String
    /// What a key must allow; `nil` for what everybody may ask.
    let scope: Scope?
    let errors: ErrorShape
    /// Whether a small request takes a thread microseconds only, beside what the model's queue computes: it is answered on
    /// its connection's event loop.
    let isBrief: Bool
    let handler: Handler

    /// Bytes of a body that a brief route answers on the event loop: a text or a few.
    private static var fewBytes: Int { 4096 }

    /// Answers a request on its event loop or, where that would keep others waiting, on another thread.
    func respond(to exchange: Exchange) async throws -> Response {
      let bytes = exchange.request.headers[.contentLength].flatMap { Int($0) } ?? .max
      if isBrief, bytes <= Self.fewBytes { return try await handler(exchange) }
      return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await handler(exchange) }
    }

    init(
      _ method: HTTPRequest.Method, _ path: String, _ scope: Scope? = .read, errors: ErrorShape = .openAI,
      isBrief: Bool = false, by handler: @escaping Handler
    ) {
      (self.method, self.path, self.scope, self.errors, self.isBrief) = (method, path, scope, errors, isBrief)
      self.handler = handler
    }
  }
#endif
