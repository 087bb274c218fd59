#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// Texts to tokens and back.
  extension TextEmbeddingsInference {
    /// A list of tokens a text; `start` and `stop` are Unicode scalars of the text, its prompt included.
    static func tokenize(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let tokens = try await exchange.servedTokens(
        of: try body.textOrTexts("inputs", limit: exchange.service.configuration.maximumInputs),
        prompt: try body.text("prompt_name"), addsSpecialTokens: try body.flag("add_special_tokens") ?? true,
        by: try body.text("model"))
      let answers = tokens.map { tokens in
        JSONValue.array(
          tokens.map { token in
            .object([
              "id": .integer(token.id), "text": .string(token.text), "special": .boolean(token.isSpecial),
              "start": token.scalars.map { .integer($0.lowerBound) } ?? .null,
              "stop": token.scalars.map { .integer($0.upperBound) } ?? .null,
            ])
          })
      }
      return .json(.array(answers))
    }

    /// A text for each list of ids.
    static func decode(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let limit = exchange.service.configuration.maximumInputs
      let value = try body.value("ids")
      let isOne = value.kind == .array && value.elements.first { _ in true }?.kind == .number
      let lists = isOne ? [value] : try value.list("ids", limit: limit)
      let ids = try lists.enumerated().map { index, list -> [Int32] in
        let place = isOne ? "ids" : "ids[\(index)]"
        guard list.kind == .array else {
          throw ServerError(.malformed, "should be an array of token ids, found \(list.kind)", parameter: place)
        }
        return try list.elements.map { try Int32(tokenID: $0.integer, at: place) }
      }
      let skips = try body.flag("skip_special_tokens") ?? true
      let tokenizer = try await exchange.model(try body.text("model")).model.tokenizer
      let team = exchange.service.configuration.team
      let texts = try await exchange.whileWanted {
        try await team.map(ids.count) { try tokenizer.decode(ids[$0], skippingSpecialTokens: skips) }
      }
      return .json(.array(texts.map { .string($0) }))
    }
  }
#endif
