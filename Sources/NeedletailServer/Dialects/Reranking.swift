#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor
  internal import NeedletailTokenizers

  /// Documents in the order in which a cross-encoder finds them to fit a query, in the words of several dialects.
  enum Reranking {
    /// A document's place among those of the request, and its score.
    struct Rank: Sendable {
      let index: Int
      let score: Float
    }

    /// The shape of Text Embeddings Inference for `texts`, that of Cohere and Jina for `documents`.
    static func answer(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      guard body["texts"] == nil, body["documents"] != nil else { return try await plain(exchange, body) }
      return try await described(exchange, body, version: "1")
    }

    /// `[{"index", "score", "text"}]`.
    private static func plain(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      let configuration = exchange.service.configuration
      let query = try body.string("query")
      let texts = try body.texts("texts", limit: configuration.maximumInputs)
      let scorer = try await exchange.reranker(try body.text("model")).model
      let ranks = try await ranks(
        query, texts, scorer, try body.flag("raw_scores") ?? false ? .identity : .sigmoid,
        truncates: try body.flag("truncate") ?? configuration.truncates, member: "texts", exchange)
      let returnsTexts = try body.flag("return_text") ?? false
      let answers = ranks.map { rank in
        var members: [(key: String, value: JSONValue)] = [("index", .integer(rank.index))]
        if returnsTexts { members.append(("text", .string(texts[rank.index]))) }
        members.append(("score", .float(rank.score)))
        return JSONValue.object(members)
      }
      return .json(.array(answers))
    }

    /// Cohere's answer with Jina's members: `{"results": [{"index", "relevance_score", "document"}], …}`.
    ///
    /// - Parameter version: Cohere's; documents are given back by default in the first, which is Jina's, too.
    static func described(_ exchange: Exchange, _ body: JSON, version: String) async throws -> Response {
      let configuration = exchange.service.configuration
      let query = try body.string("query")
      let documents = try documents(try body.value("documents"), limit: configuration.maximumInputs)
      let (name, scorer) = try await exchange.reranker(try body.text("model"))
      var texts = documents
      if let most = try body.positive("max_tokens_per_doc") {
        let model = scorer.model
        texts = try await exchange.whileWanted {
          try await model.team.map(documents.count) { try model.tokenizer.prefix(of: documents[$0], tokens: most) }
        }
      }
      let ranks = try await ranks(
        query, texts, scorer, .sigmoid, truncates: true, member: "documents", exchange)
      let limit = try body.positive("top_n") ?? ranks.count
      let returnsDocuments = try body.flag("return_documents") ?? (version == "1")
      let results = ranks.prefix(limit).map { rank in
        var members: [(key: String, value: JSONValue)] = [
          ("index", .integer(rank.index)), ("relevance_score", .float(rank.score)),
        ]
        if returnsDocuments { members.append(("document", .object(["text": .string(documents[rank.index])]))) }
        return JSONValue.object(members)
      }
      let tokens = exchange.notes.work.tokens
      return .json(
        .object([
          "id": .string(exchange.id), "model": .string(name), "results": .array(Array(results)),
          "usage": .object(["total_tokens": .integer(tokens)]),
          "meta": .object([
            "api_version": .object(["version": .string(version)]),
            "billed_units": .object(["search_units": .integer((texts.count + 99) / 100)]),
            "tokens": .object(["input_tokens": .integer(tokens)]),
          ]),
        ]))
    }

    /// Texts, or objects with one.
    private static func documents(_ json: JSON, limit: Int) throws -> [String] {
      try json.list("documents", limit: limit).enumerated().map { index, document in
        guard let text = document.string ?? document["text"]?.string else {
          throw ServerError(
            .malformed, "should be a string, or an object with the string \"text\"", parameter: "documents[\(index)]")
        }
        return text
      }
    }

    /// The best first; equal scores keep the order of the request.
    private static func ranks(
      _ query: String, _ texts: [String], _ scorer: PairScorer, _ function: ScoreFunction, truncates: Bool,
      member: String, _ exchange: Exchange
    ) async throws -> [Rank] {
      let rows = try await scorer.scores(
        texts.map { (query, $0) }, function: function, truncates: truncates, member: member, exchange)
      let ranks = rows.enumerated().map { Rank(index: $0.offset, score: $0.element.first ?? 0) }
      return ranks.sorted { ($0.score, $1.index) > ($1.score, $0.index) }
    }
  }

  extension Tokenizer {
    /// The beginning of a text that has at most so many tokens of its own.
    func prefix(of text: String, tokens: Int) throws -> String {
      var options = EncodingOptions()
      options.addsSpecialTokens = false
      let offsets = try encode(text, options: options).offsets
      guard offsets.count > tokens else { return text }
      return String(text.unicodeScalars.prefix(offsets[tokens - 1].upperBound))
    }
  }
#endif
