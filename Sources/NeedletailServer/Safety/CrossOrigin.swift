#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore

  /// Which pages of other origins may ask; none unless it was said.
  enum CrossOrigin {
    /// Refuses pages of origins that may not ask to change anything: a browser sends such requests even where it would
    /// hide the answer.
    static func check(_ origin: String, _ request: Request, _ configuration: ServerConfiguration) throws {
      guard !isAllowed(origin, configuration), !isOwn(origin, request) else { return }
      throw ServerError(.forbidden, "pages of \(origin.prefix(200)) may not ask here; allow them with --cors-origin")
    }

    /// Lets a browser show an answer to pages that may ask.
    static func allow(_ request: Request, _ configuration: ServerConfiguration, in response: inout Response) {
      guard let origin = request.headers[.origin], isAllowed(origin, configuration) else { return }
      response.headers[.accessControlAllowOrigin] = configuration.allowedOrigins.contains("*") ? "*" : origin
      response.headers[.vary] = "Origin"
    }

    /// The answer to a browser that asks whether it may ask.
    static func preflight(_ request: Request, _ configuration: ServerConfiguration) -> Response? {
      guard request.method == .options, let origin = request.headers[.origin],
        request.headers[.accessControlRequestMethod] != nil, isAllowed(origin, configuration)
      else { return nil }
      var response = Response(status: .noContent)
      response.headers[.accessControlAllowMethods] = "GET, POST, DELETE"
      response.headers[.accessControlAllowHeaders] =
        "authorization, content-type, x-api-key, x-request-id, x-request-timeout"
      response.headers[.accessControlMaxAge] = "600"
      allow(request, configuration, in: &response)
      return response
    }

    private static func isAllowed(_ origin: String, _ configuration: ServerConfiguration) -> Bool {
      configuration.allowedOrigins.contains("*") || configuration.allowedOrigins.contains(origin)
    }

    /// Whether the page is the server's own.
    private static func isOwn(_ origin: String, _ request: Request) -> Bool {
      guard let authority = request.head.authority else { return false }
      return origin == "http://\(authority)" || origin == "https://\(authority)"
    }
  }
#endif
