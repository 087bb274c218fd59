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
      var texts = try body.textOrTexts("inputs", limit: exchange.service.configuration.maximumInputs)
      let (name, model) = try await exchange.model(try body.text("model"))
      if let prompt = try body.text("prompt_name") {
        guard let text = model.prompts.texts[prompt] else {
          throw ServerError(
            .impossible, "\"\(prompt)\" is not a prompt of the model \"\(name)\"", parameter: "prompt_name")
        }
        texts = texts.map { text + $0 }
      }
      let wantsSpecial = try body.flag("add_special_tokens") ?? true
      let encodings = try await exchange.encodings(
        texts, by: model.tokenizer, addsSpecialTokens: wantsSpecial && model.addsSpecialTokens)
      let answers = zip(texts, encodings).map { text, encoding in
        let scalars = Array(text.unicodeScalars)
        return JSONValue.array(
          encoding.ids.indices.map { place in
            let isSpecial = encoding.specialTokensMask[place]
            let range = encoding.offsets[place]
            var part = String.UnicodeScalarView()
            if !isSpecial { part.append(contentsOf: scalars[range]) }
            return .object([
              "id": .integer(Int(encoding.ids[place])),
              "text": .string(isSpecial ? encoding.tokens[place] : String(part)), "special": .boolean(isSpecial),
              "start": isSpecial ? .null : .integer(range.lowerBound),
              "stop": isSpecial ? .null : .integer(range.upperBound),
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
        return try list.elements.map { element in
          guard let id = element.integer, let small = Int32(exactly: id), small >= 0 else {
            throw ServerError(.malformed, "should have token ids only", parameter: place)
          }
          return small
        }
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
