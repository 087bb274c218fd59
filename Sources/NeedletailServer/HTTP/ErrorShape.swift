#if Server
  internal import HTTPTypes
  internal import NeedletailJSON

  /// How a dialect writes an error.
  enum ErrorShape: Sendable {
    /// `{"error": {"message", "type", "param", "code"}}`: OpenAI's, and that of our own places.
    case openAI
    /// `{"error", "error_type"}`: Text Embeddings Inference's.
    case textEmbeddingsInference
    /// `{"message"}`: Cohere's.
    case cohere
    /// `{"message", "detail"}`: Cohere's and Jina's at once, for the place that they share.
    case cohereAndJina
    /// `{"error"}`: Ollama's.
    case ollama

    func json(_ error: ServerError) -> JSONValue {
      let text = error.description
      switch self {
      case .openAI:
        return .object([
          "error": .object([
            "message": .string(text), "type": .string(type(of: error)),
            "param": error.parameter.map { .string($0) } ?? .null, "code": .string(error.code.name),
          ])
        ])
      case .textEmbeddingsInference:
        return .object(["error": .string(text), "error_type": .string(inferenceType(of: error))])
      case .cohere: return .object(["message": .string(text)])
      case .cohereAndJina: return .object(["message": .string(text), "detail": .string(text)])
      case .ollama: return .object(["error": .string(text)])
      }
    }

    private func type(of error: ServerError) -> String {
      switch error.code.status {
      case .unauthorized: "authentication_error"
      case .forbidden: "permission_error"
      case .notFound: "not_found_error"
      case .tooManyRequests: "rate_limit_error"
      case let status where status.code >= 500: "server_error"
      default: "invalid_request_error"
      }
    }

    private func inferenceType(of error: ServerError) -> String {
      switch error.code.status {
      case .tooManyRequests: "overloaded"
      case .serviceUnavailable: "unhealthy"
      case .unprocessableContent, .contentTooLarge: "validation"
      case let status where status.code >= 500: "backend"
      default: "validation"
      }
    }
  }
#endif
