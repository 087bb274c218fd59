#if Server
  internal import HTTPTypes
  internal import Synchronization

  /// What the server counts, for `/metrics`.
  final class ServerMetrics: Sendable {
    private struct State {
      /// Answers by route and status.
      var answers: [AnswerKey: Int] = [:]
      var durations: [String: Histogram] = [:]
      var models: [String: ModelCounts] = [:]
      var inFlight = 0
      var connections = 0
    }

    private struct AnswerKey: Hashable, Comparable {
      let route: String
      let status: Int

      static func < (first: AnswerKey, second: AnswerKey) -> Bool {
        (first.route, first.status) < (second.route, second.status)
      }
    }

    private struct ModelCounts {
      var texts = 0
      var tokens = 0
      var truncated = 0
    }

    private let state = Mutex(State())
    private let tokenization = Histogram.seconds()
    private let queue = Histogram.seconds()
    private let inference = Histogram.seconds()
    private let batchTexts = Histogram.counts()
    private let batchTokens = Histogram.counts()

    init() {}

    var connections: Int { state.withLock { $0.connections } }
    var inFlight: Int { state.withLock { $0.inFlight } }

    func connectionOpened() { state.withLock { $0.connections += 1 } }
    func connectionClosed() { state.withLock { $0.connections -= 1 } }
    func requestBegan() { state.withLock { $0.inFlight += 1 } }

    /// Counts an answer.
    ///
    /// - Parameter route: The place as it is declared, so that there are only so many.
    func requestEnded(_ route: String, status: Int, _ duration: Duration) {
      let histogram = state.withLock { state in
        state.inFlight -= 1
        state.answers[AnswerKey(route: route, status: status), default: 0] += 1
        if let known = state.durations[route] { return known }
        let made = Histogram.seconds()
        state.durations[route] = made
        return made
      }
      histogram.add(duration)
    }

    /// Counts a call of gRPC.
    ///
    /// - Parameter code: gRPC's; 0 is success.
    func callEnded(_ method: String, code: Int, _ duration: Duration) {
      requestBegan()
      requestEnded(method, status: code == 0 ? 200 : 1000 + code, duration)
    }

    /// Counts what was computed for a request.
    ///
    /// - Parameter model: Its name, where it has one.
    func computed(_ work: Work, by model: String?) {
      tokenization.add(work.tokenization)
      queue.add(work.queue)
      inference.add(work.inference)
      guard let model else { return }
      state.withLock {
        $0.models[model, default: ModelCounts()].texts += work.texts
        $0.models[model, default: ModelCounts()].tokens += work.tokens
        $0.models[model, default: ModelCounts()].truncated += work.truncated.count
      }
    }

    func batch(texts: Int, tokens: Int) {
      batchTexts.add(Double(texts))
      batchTokens.add(Double(tokens))
    }

    /// The text format of Prometheus.
    ///
    /// - Parameters:
    ///   - waiting: What waits for a batch.
    ///   - models: How many models are loaded.
    func text(waiting: (texts: Int, tokens: Int), models: Int) -> String {
      let state = state.withLock { $0 }
      var text = ""
      func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      }
      func gauge(_ name: String, _ help: String, _ value: Double, type: String = "gauge") {
        head(name, type, help)
        text += "\(name) \(value)\n"
      }
      func histogram(_ name: String, _ help: String, _ series: [(labels: String, values: Histogram)]) {
        head(name, "histogram", help)
        for one in series { one.values.write(name, labels: one.labels, to: &text) }
      }
      head("needletail_requests_total", "counter", "Answers by place and status.")
      for (key, count) in state.answers.sorted(by: { $0.key < $1.key }) {
        text += "needletail_requests_total{route=\"\(Self.escaped(key.route))\",status=\"\(key.status)\"} \(count)\n"
      }
      histogram(
        "needletail_request_seconds", "From a request's head to its answer.",
        state.durations.sorted { $0.key < $1.key }.map { ("route=\"\(Self.escaped($0.key))\"", $0.value) })
      histogram(
        "needletail_stage_seconds", "What the stages of computing take.",
        [
          ("stage=\"tokenization\"", tokenization), ("stage=\"queue\"", queue), ("stage=\"inference\"", inference),
        ])
      histogram("needletail_batch_texts", "Texts of a batch.", [("", batchTexts)])
      histogram("needletail_batch_tokens", "Tokens of a batch.", [("", batchTokens)])
      for (name, help, value) in [
        ("needletail_texts_total", "Texts that were computed.", \ModelCounts.texts),
        ("needletail_tokens_total", "Tokens that were computed.", \ModelCounts.tokens),
        ("needletail_truncated_total", "Texts that were cut.", \ModelCounts.truncated),
      ] {
        head(name, "counter", help)
        for (model, counts) in state.models.sorted(by: { $0.key < $1.key }) {
          text += "\(name){model=\"\(Self.escaped(model))\"} \(counts[keyPath: value])\n"
        }
      }
      gauge("needletail_queue_texts", "Texts that wait for a batch.", Double(waiting.texts))
      gauge("needletail_queue_tokens", "Tokens that wait for a batch.", Double(waiting.tokens))
      gauge("needletail_connections", "Open connections.", Double(state.connections))
      gauge("needletail_requests_in_flight", "Requests without an answer yet.", Double(state.inFlight))
      gauge("needletail_models_loaded", "Models in memory.", Double(models))
      writeAliases(state.answers, waiting, to: &text)
      ProcessFacts.write(to: &text)
      return text
    }

    /// The names that dashboards of Text Embeddings Inference look for.
    private func writeAliases(
      _ answers: [AnswerKey: Int], _ waiting: (texts: Int, tokens: Int), to text: inout String
    ) {
      text += "# HELP te_request_count Requests.\n# TYPE te_request_count counter\n"
      text += "te_request_count \(answers.values.reduce(0, +))\n"
      text += "# HELP te_request_success Requests that were answered as asked.\n# TYPE te_request_success counter\n"
      text += "te_request_success \(answers.filter { $0.key.status < 400 }.values.reduce(0, +))\n"
      text += "# HELP te_queue_size Texts that wait.\n# TYPE te_queue_size gauge\nte_queue_size \(waiting.texts)\n"
      for (name, values) in [
        ("te_request_tokenization_duration", tokenization), ("te_request_queue_duration", queue),
        ("te_request_inference_duration", inference), ("te_batch_next_size", batchTexts),
        ("te_batch_next_tokens", batchTokens),
      ] {
        text += "# HELP \(name) As Text Embeddings Inference names it.\n# TYPE \(name) histogram\n"
        values.write(name, to: &text)
      }
    }

    private static func escaped(_ label: String) -> String {
      var text = ""
      for character in label.unicodeScalars {
        switch character {
        case "\\": text += "\\\\"
        case "\"": text += "\\\""
        case "\n": text += "\\n"
        default: text.unicodeScalars.append(character)
        }
      }
      return text
    }
  }
#endif
