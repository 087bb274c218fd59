#if Server
  internal import NeedletailEmbedding
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// Tokens of a request's texts.
  extension Exchange {
    /// Everything about the tokens of texts, nothing cut, in their order.
    func encodings(
      _ texts: [String], by tokenizer: Tokenizer, addsSpecialTokens: Bool
    ) async throws -> [Encoding] {
      var options = EncodingOptions()
      options.addsSpecialTokens = addsSpecialTokens
      let (team, fixed) = (service.configuration.team, options)
      return try await whileWanted {
        try await team.map(texts.count) { try tokenizer.encode(texts[$0], options: fixed) }
      }
    }

    /// The tokens of texts with what each covers, nothing cut.
    ///
    /// - Parameter prompt: The name of one of the model's prompts, whose words come before each text and count as its own.
    func servedTokens(
      of texts: [String], prompt: String?, addsSpecialTokens: Bool, by wanted: String?
    ) async throws -> [[ServedToken]] {
      let (name, model) = try await model(wanted)
      var texts = texts
      if let prompt {
        guard let words = model.prompts.texts[prompt] else {
          throw ServerError(
            .impossible, "\"\(prompt)\" is not a prompt of the model \"\(name)\"", parameter: "prompt_name")
        }
        texts = texts.map { words + $0 }
      }
      let encodings = try await encodings(
        texts, by: model.tokenizer, addsSpecialTokens: addsSpecialTokens && model.addsSpecialTokens)
      return zip(texts, encodings).map { text, encoding in
        let scalars = Array(text.unicodeScalars)
        return encoding.ids.indices.map { place in
          let range = encoding.offsets[place]
          let isSpecial = encoding.specialTokensMask[place]
          var part = String.UnicodeScalarView()
          if !isSpecial { part.append(contentsOf: scalars[range]) }
          return ServedToken(
            id: Int(encoding.ids[place]), text: isSpecial ? encoding.tokens[place] : String(part),
            isSpecial: isSpecial, scalars: isSpecial ? nil : range)
        }
      }
    }

    /// What embedding texts is with a model that cuts them at a limit, as far as their tokens show it.
    ///
    /// - Throws: ``ServerError`` with code `.tooManyTokens` where none may be.
    func reading(
      _ texts: [String], by tokenizer: Tokenizer, limit: Int?, truncates: Bool, member: String
    ) async throws -> Work {
      let begun = ContinuousClock.now
      let counts = try await encodings(texts, by: tokenizer, addsSpecialTokens: true).map(\.ids.count)
      var work = Work(of: texts)
      work.tokenization = ContinuousClock.now - begun
      let limit = limit ?? .max
      work.tokens = counts.reduce(0) { $0 + min($1, limit) }
      work.truncated = counts.indices.filter { counts[$0] > limit }
      if let first = work.truncated.first, !truncates {
        throw ServerError.tooManyTokens(
          counts[first], limit: limit, at: VectorWishes.place(member, first, of: texts.count))
      }
      return work
    }
  }

  extension Int32 {
    /// A token id of a request.
    ///
    /// - Parameters:
    ///   - number: `nil` where there is no whole number.
    ///   - place: Where it stands in the request.
    init(tokenID number: Int?, at place: String) throws {
      guard let number, let id = Int32(exactly: number), id >= 0 else {
        throw ServerError(.malformed, "should have token ids only", parameter: place)
      }
      self = id
    }
  }
#endif
