#if Server
  public import HTTPTypes

  /// Why the server does not give what was asked; each dialect says it in its own words.
  public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, as clients match on it.
    public struct Code: Sendable, Hashable {
      /// As it stands in answers.
      public let name: String
      /// The status of the answer.
      public let status: HTTPResponse.Status

      /// The body is not JSON, lacks a member, or has one of another type.
      public static let malformed = Code(name: "invalid_request", status: .badRequest)
      /// There is no key, or none that is known.
      public static let unauthorized = Code(name: "invalid_api_key", status: .unauthorized)
      /// The key is not for this.
      public static let forbidden = Code(name: "insufficient_scope", status: .forbidden)
      /// There is no such place, model, collection or document.
      public static let notFound = Code(name: "not_found", status: .notFound)
      /// The place is there for other methods.
      public static let methodNotAllowed = Code(name: "method_not_allowed", status: .methodNotAllowed)
      /// Something of that name is there already, or belongs to another model.
      public static let conflict = Code(name: "conflict", status: .conflict)
      /// More bytes or more inputs than the server takes.
      public static let tooLarge = Code(name: "request_too_large", status: .contentTooLarge)
      /// A body of another type, or a compressed one.
      public static let unsupportedMedia = Code(name: "unsupported_media_type", status: .unsupportedMediaType)
      /// Understood, and impossible.
      public static let impossible = Code(name: "unprocessable", status: .unprocessableContent)
      /// A text has more tokens than the model takes, and is not to be cut.
      public static let tooManyTokens = Code(name: "too_many_tokens", status: .unprocessableContent)
      /// Too much waits already.
      public static let overloaded = Code(name: "overloaded", status: .tooManyRequests)
      /// The server is starting or ending, or cannot compute.
      public static let unavailable = Code(name: "unavailable", status: .serviceUnavailable)
      /// The time that the client or the server allows is over.
      public static let deadline = Code(name: "deadline_exceeded", status: .gatewayTimeout)
      /// The client went away.
      public static let cancelled = Code(name: "cancelled", status: .init(code: 499, reasonPhrase: "Client Closed"))
      /// A fault of the server.
      public static let failed = Code(name: "internal_error", status: .internalServerError)
    }

    /// What went wrong.
    public let code: Code
    /// What was expected, what was found, what to do.
    public let message: String
    /// The member of the request that it is about, as in `input[3]`.
    public let parameter: String?
    /// When it is worth asking again, in seconds.
    public let retryAfter: Int?
    /// What led to it.
    public let cause: (any Error)?

    init(
      _ code: Code, _ message: String, parameter: String? = nil, retryAfter: Int? = nil, cause: (any Error)? = nil
    ) {
      (self.code, self.message, self.parameter) = (code, message, parameter)
      (self.retryAfter, self.cause) = (retryAfter, cause)
    }

    /// The message, and what it is about.
    public var description: String { parameter.map { "\($0): \(message)" } ?? message }
  }
#endif
