#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON

  /// OpenAI's embeddings and models, which Jina's are, too, with a few members more.
  enum OpenAI {
    static var routes: [Route] {
      [
        Route(.post, "/v1/embeddings", isBrief: true, by: embeddings),
        Route(.post, "/embeddings", isBrief: true, by: embeddings),
      ]
    }

    private static func embeddings(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let (name, model) = try await exchange.dense(try body.text("model"))
      let inputs = try VectorInputs(try body.value("input"), "input", exchange.service.configuration)
      var wishes = VectorWishes()
      wishes.truncates = try body.flag("truncate") ?? exchange.service.configuration.truncates
      wishes.dimensions = try body.positive("dimensions")
      wishes.role = try role(body)
      if let prompt = try body.text("prompt_name") { wishes.prompt = .named(prompt) }
      let format = try format(body)
      let vectors = try await model.vectors(inputs, wishes, exchange)
      let tokens = vectors.tokens.reduce(0, +)
      var json = JSONBytes(reserving: 256 + vectors.rows.reduce(0) { $0 + $1.count * 6 })
      json.write("{\"object\":\"list\",\"data\":")
      json.list(vectors.rows.enumerated()) { row, json in
        json.write("{\"object\":\"embedding\",\"index\":")
        json.write(row.offset)
        json.write(",\"embedding\":")
        format.write(row.element, to: &json)
        json.write("}")
      }
      json.write(",\"model\":")
      json.write(.string(name))
      json.write(",\"usage\":{\"prompt_tokens\":")
      json.write(tokens)
      json.write(",\"total_tokens\":")
      json.write(tokens)
      json.write("}}")
      return json.response
    }

    /// What the texts are for, as Jina's `task` and Voyage's `input_type` say it.
    private static func role(_ body: JSON) throws -> TextRole {
      switch try body.text("task") ?? body.text("input_type") {
      case "retrieval.query", "query", "search_query": .query
      case "retrieval.passage", "document", "search_document", "passage": .document
      default: .plain
      }
    }

    /// How numbers stand in the answer: OpenAI knows float and base64, others more.
    private static func format(_ body: JSON) throws -> NarrowForm {
      let member = body.optional("encoding_format") == nil ? "embedding_type" : "encoding_format"
      guard let name = try body.text(member) else { return .float }
      guard let form = NarrowForm(rawValue: name) else {
        throw ServerError(
          .malformed,
          "should be one of \(NarrowForm.allCases.map(\.rawValue).joined(separator: ", ")), found \"\(name)\"",
          parameter: member)
      }
      return form
    }
  }
#endif
