#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON

  /// Scores of texts and pairs.
  extension TextEmbeddingsInference {
    /// `documents` in place of `texts` makes it a request of Cohere's or Jina's.
    static func rerank(_ exchange: Exchange) async throws -> Response {
      try await Reranking.answer(exchange, exchange.json())
    }

    static func predict(_ exchange: Exchange) async throws -> Response {
      try await predict(exchange, exchange.json())
    }

    /// The labels of a text or pair with their scores, best first; a list of such lists where there are several.
    static func predict(_ exchange: Exchange, _ body: JSON) async throws -> Response {
      let configuration = exchange.service.configuration
      let inputs = try PredictedInputs(try body.value("inputs"), limit: configuration.maximumInputs)
      let (labels, rows) = try await exchange.predictions(
        for: inputs.texts, keepsRawScores: try body.flag("raw_scores") ?? false,
        truncates: try body.flag("truncate") ?? configuration.truncates, member: "inputs", by: try body.text("model"))
      let answers = rows.map { row -> JSONValue in
        let scores = Array(row)
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        return .array(order.map { .object(["score": .float(scores[$0]), "label": .string(labels[$0])]) })
      }
      return .json(inputs.isBatch ? .array(answers) : answers.first ?? .array([]))
    }
  }

  /// What labels are wanted for.
  struct PredictedInputs: Sendable {
    /// One text, or two.
    var texts: [(String, String?)] = []
    /// Whether the answer is a list of answers.
    let isBatch: Bool

    /// Reads a text, a pair, as in `["a", "b"]`, or a list of lists of one or two.
    ///
    /// A list of more than two strings is one of texts.
    init(_ json: JSON, limit: Int) throws {
      if let text = json.string {
        (texts, isBatch) = ([(text, nil)], false)
        return
      }
      guard json.kind == .array else {
        throw ServerError(
          .malformed, "should be a string, a pair of strings or a list of them, found \(json.kind)", parameter: "inputs"
        )
      }
      let elements = try json.list("inputs", limit: limit)
      if elements.count <= 2, elements.allSatisfy({ $0.kind == .string }) {
        texts = [(elements[0].string ?? "", elements.count == 2 ? elements[1].string : nil)]
        isBatch = false
        return
      }
      isBatch = true
      for (index, element) in elements.enumerated() {
        let place = "inputs[\(index)]"
        if let text = element.string {
          texts.append((text, nil))
        } else {
          guard element.kind == .array, (1...2).contains(element.count) else {
            throw ServerError(.malformed, "should be a string, or an array of one or two", parameter: place)
          }
          let parts = try element.elements.map { try $0.text(at: place) }
          texts.append((parts[0], parts.count == 2 ? parts[1] : nil))
        }
      }
    }
  }
#endif
