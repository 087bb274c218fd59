#if Server
  internal import NeedletailJSON

  /// How requests of a load are worded.
  package enum LoadDialect: String, CaseIterable, Sendable {
    case openAI = "openai"
    case tei
    case teiBatch = "tei-batch"

    /// Where it is asked.
    var path: String { self == .openAI ? "/v1/embeddings" : "/embed" }

    /// The body of a request.
    ///
    /// - Parameters:
    ///   - model: What the member `model` says; `nil` leaves it out. TEI's routes have none.
    ///   - encoding: The form of the vectors in OpenAI's dialect.
    func body(_ texts: [String], model: String?, encoding: LoadEncoding) -> String {
      let list = JSONValue.array(texts.map(JSONValue.string))
      switch self {
      case .openAI:
        var members: [(key: String, value: JSONValue)] = []
        if let model { members.append(("model", .string(model))) }
        members.append(("input", texts.count == 1 ? .string(texts[0]) : list))
        members.append(("encoding_format", .string(encoding.rawValue)))
        return JSONValue.object(members).text()
      case .tei: return JSONValue.object(["inputs": .string(texts[0]), "truncate": .boolean(true)]).text()
      case .teiBatch: return JSONValue.object(["inputs": list, "truncate": .boolean(true)]).text()
      }
    }
  }

  /// How an answer writes the numbers of a vector.
  package enum LoadEncoding: String, CaseIterable, Sendable {
    case float, base64
  }
#endif
