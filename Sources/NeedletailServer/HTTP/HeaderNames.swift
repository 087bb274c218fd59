#if Server
  internal import HTTPTypes

  extension HTTPField.Name {
    static let requestID = name("x-request-id")
    static let apiKey = name("x-api-key")
    /// Seconds that a client gives a request.
    static let requestTimeout = name("x-request-timeout")
    static let referrerPolicy = name("referrer-policy")
    static let traceParent = name("traceparent")
    static let totalTime = name("x-total-time")
    static let tokenizationTime = name("x-tokenization-time")
    static let queueTime = name("x-queue-time")
    static let inferenceTime = name("x-inference-time")
    static let computeTokens = name("x-compute-tokens")
    static let computeCharacters = name("x-compute-characters")
    static let truncated = name("x-truncated")

    /// A name that is right as it stands here.
    private static func name(_ text: String) -> HTTPField.Name {
      guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a header's name") }
      return name
    }
  }
#endif
