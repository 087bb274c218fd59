#if Server
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

    /// How many tokens of texts a model reads that cuts them at a limit; notes which are cut.
    ///
    /// - Throws: ``ServerError`` with code `.tooManyTokens` where none may be.
    func tokenCounts(
      _ texts: [String], of tokenizer: Tokenizer, limit: Int?, truncates: Bool, member: String
    ) async throws -> [Int] {
      let begun = ContinuousClock.now
      let counts = try await encodings(texts, by: tokenizer, addsSpecialTokens: true).map(\.ids.count)
      note { $0.tokenization += ContinuousClock.now - begun }
      guard let limit else { return counts }
      let cut = counts.indices.filter { counts[$0] > limit }
      if let first = cut.first, !truncates {
        throw ServerError(
          .tooManyTokens,
          "has \(counts[first]) tokens; the model takes \(limit): shorten it, or allow it to be cut",
          parameter: texts.count == 1 ? member : "\(member)[\(first)]")
      }
      note { $0.truncated += cut }
      return counts.map { min($0, limit) }
    }
  }
#endif
