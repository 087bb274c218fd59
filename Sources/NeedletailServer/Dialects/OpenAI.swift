#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON

  /// OpenAI's embeddings and models, which Jina's are, too, with a few members more.
  enum OpenAI {
    static var routes: [Route] {
      [
        Route(.post, "/v1/embeddings", by: embeddings), Route(.post, "/embeddings", by: embeddings),
      ]
    }

    /// How numbers stand in the answer.
    private enum Format { case float, base64 }

    private static func embeddings(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let name = try exchange.service.models.name(try body.text("model"))
      let inputs = try VectorInputs(openAI: try body.value("input"), exchange.service.configuration)
      var wishes = VectorWishes()
      wishes.truncates = try body.flag("truncate") ?? exchange.service.configuration.truncates
      wishes.dimensions = try body.positive("dimensions")
      wishes.role = try role(body)
      if let prompt = try body.text("prompt_name") { wishes.prompt = .named(prompt) }
      let format = try format(body)
      guard case .dense(let model) = try await exchange.service.models.model(name) else {
        throw ServerError(.impossible, "the model \"\(name)\" gives no dense vectors", parameter: "model")
      }
      exchange.note { $0.model = name }
      let vectors = try await model.vectors(inputs, wishes, exchange)
      let tokens = vectors.tokens.reduce(0, +)
      var json = JSONBytes(reserving: 256 + vectors.rows.reduce(0) { $0 + $1.count * 6 })
      json.write("{\"object\":\"list\",\"data\":")
      json.list(vectors.rows.enumerated()) { row, json in
        json.write("{\"object\":\"embedding\",\"index\":")
        json.write(row.offset)
        json.write(",\"embedding\":")
        switch format {
        case .float: json.write(row.element)
        case .base64: json.writeBase64(row.element)
        }
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

    private static func format(_ body: JSON) throws -> Format {
      switch try body.text("encoding_format") ?? body.text("embedding_type") ?? "float" {
      case "float": .float
      case "base64": .base64
      case let other:
        throw ServerError(.malformed, "should be float or base64, found \"\(other)\"", parameter: "encoding_format")
      }
    }
  }

  extension VectorInputs {
    /// A text, token ids, or a list of either; Jina's objects with a `text`, too.
    init(openAI json: JSON, _ configuration: ServerConfiguration) throws {
      switch json.kind {
      case .string: self = .texts([json.string ?? ""])
      case .array:
        guard json.count > 0 else { throw ServerError(.malformed, "should not be empty", parameter: "input") }
        guard json.count <= configuration.maximumInputs || json.elements.first(where: { _ in true })?.kind == .number
        else {
          throw ServerError(
            .tooLarge, "has \(json.count) elements; the limit is \(configuration.maximumInputs)", parameter: "input")
        }
        let elements = Array(json.elements)
        switch elements[0].kind {
        case .number: self = .ids([try Self.ids(json, "input", configuration)])
        case .array:
          self = .ids(
            try elements.enumerated().map { try Self.ids($0.element, "input[\($0.offset)]", configuration) })
        default:
          self = .texts(
            try elements.enumerated().map { index, element in
              guard let text = element.string ?? element["text"]?.string else {
                throw ServerError(
                  .malformed, "should be a string, found \(element.kind)", parameter: "input[\(index)]")
              }
              return text
            })
        }
      default:
        throw ServerError(
          .malformed, "should be a string or an array of strings, found \(json.kind)", parameter: "input")
      }
    }

    private static func ids(_ json: JSON, _ place: String, _ configuration: ServerConfiguration) throws -> [Int32] {
      guard configuration.acceptsTokenIDs else {
        throw ServerError(
          .malformed,
          "has token ids, and those of another model's tokenizer would give wrong vectors; send texts, or start the "
            + "server with --accept-token-ids if they are of its own vocabulary", parameter: place)
      }
      guard json.kind == .array, json.count > 0 else {
        throw ServerError(.malformed, "should be an array of token ids", parameter: place)
      }
      return try json.elements.map { element in
        guard let id = element.integer, let small = Int32(exactly: id), small >= 0 else {
          throw ServerError(.malformed, "should have token ids only", parameter: place)
        }
        return small
      }
    }
  }
#endif
