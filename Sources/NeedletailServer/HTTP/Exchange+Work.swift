#if Server
  /// What was computed, and what it took.
  struct Work: Sendable {
    var tokenization = Duration.zero
    var queue = Duration.zero
    var inference = Duration.zero
    var texts = 0
    /// As the model read them.
    var tokens = 0
    /// Unicode scalars.
    var characters = 0
    /// Positions of the inputs that were cut.
    var truncated: [Int] = []

    init() {}

    init(of texts: [String]) {
      self.texts = texts.count
      characters = texts.reduce(0) { $0 + $1.unicodeScalars.count }
    }

    static func += (sum: inout Work, other: Work) {
      sum.tokenization += other.tokenization
      sum.queue += other.queue
      sum.inference += other.inference
      sum.texts += other.texts
      sum.tokens += other.tokens
      sum.characters += other.characters
      sum.truncated += other.truncated
    }
  }

  extension Exchange {
    /// Notes work that a model has done, for the answer's headers and for the metrics.
    func note(_ work: Work) {
      let model = note {
        $0.work += work
        $0.hasComputed = true
        return $0.model
      }
      service.metrics.computed(work, by: model)
    }

    /// Computes something directly with a model, and notes the work.
    ///
    /// - Parameters:
    ///   - work: What is known of it before.
    ///   - tokens: How many tokens it was, where that shows in the result only.
    func computing<Value: Sendable>(
      _ work: Work, tokens: ((Value) -> Int)? = nil, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
      let begun = ContinuousClock.now
      let value = try await whileWanted(body)
      var work = work
      work.inference = ContinuousClock.now - begun
      if let tokens { work.tokens = tokens(value) }
      note(work)
      return value
    }
  }
#endif
