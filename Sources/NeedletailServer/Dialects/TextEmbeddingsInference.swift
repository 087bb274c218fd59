#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTokenizers

  /// The places of Text Embeddings Inference.
  enum TextEmbeddingsInference {
    static var routes: [Route] {
      [
        Route(.post, "/embed", errors: .textEmbeddingsInference, by: embed),
        Route(.post, "/", errors: .textEmbeddingsInference, by: embed),
      ]
    }

    private static func embed(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let name = try exchange.service.models.name(try body.text("model"))
      let inputs = try VectorInputs(openAI: try body.value("inputs"), exchange.service.configuration)
      let wishes = try VectorWishes(inference: body, exchange.service.configuration)
      guard case .dense(let model) = try await exchange.service.models.model(name) else {
        throw ServerError(.impossible, "the model \"\(name)\" gives no dense vectors", parameter: "model")
      }
      exchange.note { $0.model = name }
      let vectors = try await model.vectors(inputs, wishes, exchange)
      var json = JSONBytes(reserving: 64 + vectors.rows.reduce(0) { $0 + $1.count * 12 })
      json.list(vectors.rows) { row, json in json.write(row) }
      return json.response
    }
  }

  extension VectorWishes {
    /// The members that its requests share.
    init(inference body: JSON, _ configuration: ServerConfiguration) throws {
      truncates = try body.flag("truncate") ?? configuration.truncates
      normalizes = try body.flag("normalize") ?? true
      dimensions = try body.positive("dimensions")
      if let prompt = try body.text("prompt_name") { self.prompt = .named(prompt) }
      switch try body.text("truncation_direction")?.lowercased() {
      case nil: break
      case "left": truncationSide = .left
      case "right": truncationSide = .right
      case .some(let other):
        throw ServerError(
          .malformed, "should be left or right, found \"\(other)\"", parameter: "truncation_direction")
      }
    }
  }
#endif
