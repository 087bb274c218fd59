#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailJSON
  internal import NeedletailTokenizers

  /// What a model reads of a text.
  enum TokenPlaces {
    static var routes: [Route] { [Route(.post, "/v1/tokenize", by: tokenize)] }

    /// All tokens of texts, and how many of them the model keeps.
    private static func tokenize(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let texts = try body.textOrTexts("input", limit: exchange.service.configuration.maximumInputs)
      let (name, model) = try await exchange.model(try body.text("model"))
      let wantsSpecial = try body.flag("add_special_tokens") ?? true
      let truncates = try body.flag("truncate") ?? true
      let encodings = try await exchange.encodings(
        texts, by: model.tokenizer, addsSpecialTokens: wantsSpecial && model.addsSpecialTokens)
      let limit = model.maximumLength
      let data = zip(texts, encodings).enumerated().map { index, pair -> JSONValue in
        let (text, encoding) = pair
        let count = encoding.ids.count
        let kept = truncates ? min(count, limit ?? count) : count
        return .object([
          "index": .integer(index), "text": .string(text),
          "tokens": .array(encoding.ids.indices.map { token(encoding, $0) }), "count": .integer(count),
          "limit": limit.map { .integer($0) } ?? .null, "truncated": .boolean(kept < count), "kept": .integer(kept),
        ])
      }
      return .json(.object(["model": .string(name), "data": .array(data)]))
    }

    private static func token(_ encoding: Encoding, _ place: Int) -> JSONValue {
      let isSpecial = encoding.specialTokensMask[place]
      let range = encoding.offsets[place]
      return .object([
        "id": .integer(Int(encoding.ids[place])), "token": .string(encoding.tokens[place]),
        "start": isSpecial ? .null : .integer(range.lowerBound), "end": isSpecial ? .null : .integer(range.upperBound),
        "special": .boolean(isSpecial),
      ])
    }
  }
#endif
