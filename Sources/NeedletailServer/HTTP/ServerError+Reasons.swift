#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailIndex
  internal import NeedletailJSON
  internal import NeedletailRetrieval
  internal import NeedletailTokenizers

  extension ServerError {
    /// A text is too long for a model, and may not be cut.
    static func tooManyTokens(_ count: Int, limit: Int, at place: String) -> ServerError {
      ServerError(
        .tooManyTokens, "has \(count) tokens; the model takes \(limit): shorten it, or allow it to be cut",
        parameter: place)
    }

    /// What a failure of any kind means to a client.
    init(_ error: any Error) {
      switch error {
      case let error as ServerError: self = error
      case let error as JSONError:
        self.init(.malformed, "line \(error.line), column \(error.column): \(error.message)", cause: error)
      case let error as EmbeddingError:
        self.init(error.code == .request ? .impossible : .failed, "\(error.subject): \(error.message)", cause: error)
      case let error as TokenizerError: self.init(.impossible, error.message, cause: error)
      case let error as IndexError: self.init(.impossible, "\(error)", parameter: "where", cause: error)
      case let error as RetrievalError: self.init(retrieval: error)
      case is any Overload: self.init(overload: error)
      case is DeadlinePassed: self.init(.deadline, "the time for this request is over")
      case is CancellationError: self.init(.cancelled, "the client went away")
      case let error as HTTPError: self.init(http: error)
      default: self.init(.failed, "the server failed; its log says more", cause: error)
      }
    }

    private init(retrieval error: RetrievalError) {
      let code: Code =
        switch error.code {
        case .request: .impossible
        case .malformed: .malformed
        case .exists, .modelMismatch: .conflict
        case .busy: .unavailable
        case .unreadable: .notFound
        default: .failed
        }
      // Clients are not told where files are.
      let parameter = error.subject.hasPrefix("/") ? nil : error.subject
      self.init(code, error.message, parameter: parameter, retryAfter: error.code == .busy ? 1 : nil, cause: error)
    }

    private init(overload error: any Error) {
      let seconds = (error as? any Overload).map { max(1, Int(($0.retryAfter / .seconds(1)).rounded(.up))) }
      self.init(.overloaded, "the server has too much to do; ask again later", retryAfter: seconds ?? 1, cause: error)
    }

    private init(http error: HTTPError) {
      let code: Code =
        switch error.status {
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .contentTooLarge: .tooLarge
        default: .malformed
        }
      let message =
        switch error.status {
        case .notFound: "there is nothing at this place; /docs lists what there is"
        case .methodNotAllowed: "this place takes other methods; /docs lists them"
        default: error.body ?? error.status.reasonPhrase
        }
      self.init(code, message, cause: error)
    }
  }
#endif
