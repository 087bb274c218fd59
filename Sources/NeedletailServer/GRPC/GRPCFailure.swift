#if Server
  internal import GRPCCore

  /// Errors of the server as gRPC says them.
  enum GRPCFailure {
    /// gRPC's word for a status of HTTP.
    static func code(forStatus status: Int) -> RPCError.Code {
      switch status {
      case 400, 405, 415, 422: .invalidArgument
      case 401: .unauthenticated
      case 403: .permissionDenied
      case 404: .notFound
      case 409: .alreadyExists
      case 412, 424: .failedPrecondition
      case 413, 429: .resourceExhausted
      case 501: .unimplemented
      case 503: .unavailable
      case 408, 504: .deadlineExceeded
      default: .internalError
      }
    }

    /// An error as it is sent.
    static func error(_ error: any Error, of service: some TextEmbeddings) -> RPCError {
      if let error = error as? RPCError { return error }
      if error is CancellationError { return RPCError(code: .cancelled, message: "the call was cancelled") }
      let failure = service.failure(error)
      var metadata = Metadata()
      if let pause = failure.retryAfter {
        metadata.addString(String(Int64((pause / .milliseconds(1)).rounded(.up))), forKey: "grpc-retry-pushback-ms")
      }
      return RPCError(code: code(forStatus: failure.status), message: failure.message, metadata: metadata)
    }
  }
#endif
