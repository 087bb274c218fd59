#if Server
  package import NeedletailTokenizers

  /// What the gRPC services need to have computed.
  ///
  /// Errors may be of any type; ``failure(_:)`` says what they are.
  package protocol TextEmbeddings: Sendable {
    /// What is served, and its limits.
    func info(_ call: ServedCall) async throws -> InferenceInfo

    /// Whether calls are worth making; `false` while a model is loaded, and once the server is about to stop.
    func isServing() async -> Bool

    /// The dense vector of a text.
    ///
    /// - Parameters:
    ///   - normalizes: Whether it has length 1.
    ///   - dimensions: How many of its leading dimensions are wanted; `nil` for all.
    func embed(
      _ text: String, _ reading: TextReading, normalizes: Bool, dimensions: Int?, _ call: ServedCall
    ) async throws -> Computed<[Float]>

    /// The vectors of a text's tokens.
    func embedAll(_ text: String, _ reading: TextReading, _ call: ServedCall) async throws -> Computed<[[Float]]>

    /// The weights of vocabulary entries, those that are 0 left out.
    func embedSparse(
      _ text: String, _ reading: TextReading, _ call: ServedCall
    ) async throws -> Computed<[(id: Int, weight: Float)]>

    /// The labels of a text, or of a pair of texts, in any order.
    ///
    /// - Parameter keepsRawScores: Whether scores are left as the model gives them.
    func predict(
      _ text: String, pair: String?, _ reading: TextReading, keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Computed<[(label: String, score: Float)]>

    /// How well each text answers a query, in the order of the texts.
    func rerank(
      _ texts: [String], for query: String, _ reading: TextReading, keepsRawScores: Bool, _ call: ServedCall
    ) async throws -> Computed<[Float]>

    /// The tokens of a text, none cut off.
    func tokenize(
      _ text: String, prompt: String?, addsSpecialTokens: Bool, _ call: ServedCall
    ) async throws -> [ServedToken]

    /// The text of tokens.
    func decode(_ ids: [Int], skipsSpecialTokens: Bool, _ call: ServedCall) async throws -> String

    /// What to say of an error that one of the above threw: the status that HTTP would have, and words for the caller.
    func failure(_ error: any Error) -> (status: Int, message: String, retryAfter: Duration?)
  }

  /// What is known of a caller.
  package struct ServedCall: Sendable {
    /// When nobody waits any more; `nil` for never.
    package var deadline: ContinuousClock.Instant?
    /// The model that is asked for, by the metadata `x-model-id`; `nil` for the one that is served by default.
    package var model: String?

    package init(deadline: ContinuousClock.Instant? = nil, model: String? = nil) {
      (self.deadline, self.model) = (deadline, model)
    }
  }

  /// How a text is read.
  package struct TextReading: Sendable, Hashable {
    /// Whether a text that is too long is cut; an error otherwise.
    package var truncates: Bool
    /// The end that is cut off.
    package var side: Truncation.Direction
    /// The name of one of the model's prompts.
    package var prompt: String?

    package init(truncates: Bool, side: Truncation.Direction = .right, prompt: String? = nil) {
      (self.truncates, self.side, self.prompt) = (truncates, side, prompt)
    }
  }

  /// A result and what it took.
  package struct Computed<Value: Sendable>: Sendable {
    package var value: Value
    /// Unicode scalars that were read.
    package var characters: Int
    /// Tokens that were computed.
    package var tokens: Int
    package var tokenization: Duration
    package var queue: Duration
    package var inference: Duration

    package init(
      _ value: Value, characters: Int, tokens: Int, tokenization: Duration = .zero, queue: Duration = .zero,
      inference: Duration = .zero
    ) {
      (self.value, self.characters, self.tokens) = (value, characters, tokens)
      (self.tokenization, self.queue, self.inference) = (tokenization, queue, inference)
    }
  }

  /// A model that is served.
  package struct InferenceInfo: Sendable {
    package enum Kind: Sendable { case embedding, classifier, reranker }

    /// The server's.
    package var version: String
    package var id: String
    package var revision: String?
    /// Such as `float32`.
    package var precision: String
    package var kind: Kind
    package var maximumRequests: Int
    /// In tokens.
    package var maximumLength: Int
    package var maximumBatchTokens: Int
    /// Texts of one request at most.
    package var maximumClientBatch: Int
    package var tokenizationWorkers: Int

    package init(
      version: String, id: String, revision: String? = nil, precision: String, kind: Kind, maximumRequests: Int,
      maximumLength: Int, maximumBatchTokens: Int, maximumClientBatch: Int, tokenizationWorkers: Int
    ) {
      (self.version, self.id, self.revision, self.precision, self.kind) = (version, id, revision, precision, kind)
      (self.maximumRequests, self.maximumLength) = (maximumRequests, maximumLength)
      (self.maximumBatchTokens, self.maximumClientBatch) = (maximumBatchTokens, maximumClientBatch)
      self.tokenizationWorkers = tokenizationWorkers
    }
  }

  /// A token of a text.
  package struct ServedToken: Sendable {
    package var id: Int
    /// What it covers of the text; the token itself where it is special.
    package var text: String
    package var isSpecial: Bool
    /// The Unicode scalars that it covers; `nil` for special tokens.
    package var scalars: Range<Int>?

    package init(id: Int, text: String, isSpecial: Bool, scalars: Range<Int>?) {
      (self.id, self.text, self.isSpecial, self.scalars) = (id, text, isSpecial, scalars)
    }
  }
#endif
