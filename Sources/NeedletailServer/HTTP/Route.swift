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
    let handler: Handler

    init(
      _ method: HTTPRequest.Method, _ path: String, _ scope: Scope? = .read, errors: ErrorShape = .openAI,
      by handler: @escaping Handler
    ) {
      (self.method, self.path, self.scope, self.errors, self.handler) = (method, path, scope, errors, handler)
    }
  }
#endif
