#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor

  /// Ollama's embeddings, and what its clients ask before them; durations are nanoseconds.
  enum Ollama {
    static var routes: [Route] {
      [
        Route(.post, "/api/embed", errors: .ollama, isBrief: true, by: embed),
        Route(.post, "/api/embeddings", errors: .ollama, isBrief: true, by: embeddings),
        Route(.get, "/api/tags", errors: .ollama, by: tags), Route(.post, "/api/show", errors: .ollama, by: show),
        Route(.get, "/api/version", nil, errors: .ollama) { _ in
          .json(.object(["version": .string(Release.version)]))
        },
      ]
    }

    private static func embed(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let texts = try body.textOrTexts("input", limit: exchange.service.configuration.maximumInputs)
      var wishes = VectorWishes()
      wishes.truncates = try body.flag("truncate") ?? true
      wishes.dimensions = try body.positive("dimensions")
      wishes.normalizes = true
      let begun = ContinuousClock.now
      let (name, model) = try await exchange.dense(try self.name(body, exchange))
      let loaded = ContinuousClock.now
      let vectors = try await model.vectors(.texts(texts), wishes, exchange)
      var json = JSONBytes(reserving: 256 + vectors.rows.reduce(0) { $0 + $1.count * 12 })
      json.write("{\"model\":")
      json.write(.string(try body.text("model") ?? name))
      json.write(",\"embeddings\":")
      json.list(vectors.rows) { row, json in json.write(row) }
      json.write(",\"total_duration\":")
      json.write(nanoseconds(ContinuousClock.now - exchange.arrival))
      json.write(",\"load_duration\":")
      json.write(nanoseconds(loaded - begun))
      json.write(",\"prompt_eval_count\":")
      json.write(vectors.tokens.reduce(0, +))
      json.write("}")
      return json.response
    }

    /// The older place: one text, and its vector as the model gives it.
    private static func embeddings(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      var wishes = VectorWishes()
      wishes.member = "prompt"
      let text = try body.string("prompt")
      let (_, model) = try await exchange.dense(try self.name(body, exchange))
      let vectors = try await model.vectors(.texts([text]), wishes, exchange)
      var json = JSONBytes()
      json.write("{\"embedding\":")
      json.write(vectors.rows[0])
      json.write("}")
      return json.response
    }

    private static func tags(_ exchange: Exchange) async throws -> Response {
      var models: [JSONValue] = []
      for name in exchange.service.models.names {
        let report = await exchange.service.descriptions.report(of: name, exchange.service.models)
        let tagged = name.contains(":") ? name : name + ":latest"
        models.append(
          .object([
            "name": .string(tagged), "model": .string(tagged), "modified_at": .string("1970-01-01T00:00:00Z"),
            "size": .integer(report?.files.reduce(0) { $0 + $1.size } ?? 0), "digest": .string(""),
            "details": details(name, report, exchange.service),
          ]))
      }
      return .json(.object(["models": .array(models)]))
    }

    private static func show(_ exchange: Exchange) async throws -> Response {
      let body = try await exchange.json()
      let service = exchange.service
      guard let wanted = try name(body, exchange) else {
        throw ServerError(.malformed, "should name a model", parameter: "model")
      }
      let name = try service.models.name(wanted)
      let report = await service.descriptions.report(of: name, service.models)
      let family = report?.modelType ?? "static"
      var info: [(key: String, value: JSONValue)] = [("general.architecture", .string(family))]
      if let count = report?.parameters { info.append(("general.parameter_count", .integer(count))) }
      if let length = report?.maximumLength { info.append(("\(family).context_length", .integer(length))) }
      if let dimension = report?.dimension { info.append(("\(family).embedding_length", .integer(dimension))) }
      if let layers = report?.layers { info.append(("\(family).block_count", .integer(layers))) }
      return .json(
        .object([
          "license": .string((report?.licenses ?? []).joined(separator: ", ")), "modelfile": .string(""),
          "parameters": .string(""), "template": .string(""), "details": details(name, report, service),
          "model_info": .object(info),
          "capabilities": .array(service.models.kind(name) == .dense ? [.string("embedding")] : []),
          "modified_at": .string("1970-01-01T00:00:00Z"),
        ]))
    }

    private static func details(_ name: String, _ report: ModelReport?, _ service: Service) -> JSONValue {
      let family = report?.modelType ?? "static"
      let precision = service.models.choice(name)?.configuration.precision ?? .float32
      return .object([
        "parent_model": .string(""), "format": .string("safetensors"), "family": .string(family),
        "families": .array([.string(family)]), "parameter_size": .string(size(report?.parameters ?? 0)),
        "quantization_level": .string(precision.rawValue.uppercased()),
      ])
    }

    /// The model's name; `:latest` after it says nothing, as no model here has versions.
    private static func name(_ body: JSON, _ exchange: Exchange) throws -> String? {
      guard let wanted = try body.text("model") ?? body.text("name") else { return nil }
      let end = ":latest"
      guard wanted.hasSuffix(end), (try? exchange.service.models.name(wanted)) == nil else { return wanted }
      return String(wanted.dropLast(end.count))
    }

    /// As in 22.71M.
    private static func size(_ parameters: Int) -> String {
      let (unit, name) = parameters >= 1_000_000_000 ? (1e9, "B") : parameters >= 1_000_000 ? (1e6, "M") : (1e3, "K")
      return "\((Double(parameters) / unit * 100).rounded() / 100)\(name)"
    }

    private static func nanoseconds(_ duration: Duration) -> Int { Int(duration / .nanoseconds(1)) }
  }
#endif
