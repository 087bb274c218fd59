#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON

  /// What tells how the server is.
  enum Observation {
    static var routes: [Route] {
      [
        Route(.get, "/health", nil, by: health), Route(.get, "/ready", nil, by: ready),
        Route(.get, "/metrics", by: metrics),
      ]
    }

    /// Says that the server can compute, having done it.
    private static func health(_ exchange: Exchange) async throws -> Response {
      let name = try exchange.service.models.name(nil)
      let begun = ContinuousClock.now
      switch try await exchange.service.models.model(name) {
      case .dense(let model): _ = try await model.vectors(.texts(["health"]), VectorWishes(), exchange)
      case .pairs(let model): _ = try await model.scores([("health", "health")], truncates: true, exchange)
      case .sparse(let model): _ = try await model.embed("health")
      case .multiVector(let model): _ = try await model.embed("health")
      }
      let milliseconds = ((ContinuousClock.now - begun) / .microseconds(1)).rounded() / 1000
      return .json(
        .object(["status": .string("ok"), "model": .string(name), "milliseconds": .double(milliseconds)]))
    }

    private static func ready(_ exchange: Exchange) async throws -> Response {
      let name = try exchange.service.models.name(nil)
      guard exchange.service.models.presence(name) == .loaded else {
        throw ServerError(.unavailable, "the model \"\(name)\" is being loaded", retryAfter: 1)
      }
      return .json(.object(["status": .string("ready")]))
    }

    private static func metrics(_ exchange: Exchange) async throws -> Response {
      let loaded = exchange.service.models.loaded
      var (texts, tokens) = (0, 0)
      for (_, model) in loaded {
        texts += model.waiting.texts
        tokens += model.waiting.tokens
      }
      return .text(
        exchange.service.metrics.text(waiting: (texts, tokens), models: loaded.count),
        type: "text/plain; version=0.0.4; charset=utf-8")
    }
  }
#endif
