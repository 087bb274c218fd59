#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor

  /// OpenAI's list of models with what else there is to know about them; loading and unloading.
  ///
  /// A name with a slash may stand in the path percent-encoded or as it is.
  enum ModelListing {
    static var routes: [Route] {
      [
        Route(.get, "/v1/models", by: list), Route(.get, "/models", by: list),
        Route(.get, "/v1/models/{id}", by: one), Route(.get, "/v1/models/{id}/{rest}", by: one),
        Route(.post, "/v1/models/{id}/load", .admin, by: load),
        Route(.post, "/v1/models/{id}/{rest}/load", .admin, by: load),
        Route(.post, "/v1/models/{id}/unload", .admin, by: unload),
        Route(.post, "/v1/models/{id}/{rest}/unload", .admin, by: unload),
      ]
    }

    private static func list(_ exchange: Exchange) async throws -> Response {
      var models: [JSONValue] = []
      for name in exchange.service.models.names { models.append(await description(of: name, exchange.service)) }
      return .json(.object(["object": .string("list"), "data": .array(models)]))
    }

    private static func one(_ exchange: Exchange) async throws -> Response {
      .json(await description(of: try name(exchange), exchange.service))
    }

    private static func load(_ exchange: Exchange) async throws -> Response {
      let name = try name(exchange)
      _ = try await exchange.service.models.model(name)
      return .json(await description(of: name, exchange.service))
    }

    private static func unload(_ exchange: Exchange) async throws -> Response {
      let name = try name(exchange)
      await exchange.service.models.unload(name)
      return .json(await description(of: name, exchange.service))
    }

    private static func name(_ exchange: Exchange) throws -> String {
      let parts = ["id"] + (exchange.parameters.get("rest") == nil ? [] : ["rest"])
      return try exchange.service.models.name(try parts.map(exchange.parameter).joined(separator: "/"))
    }

    /// A model, loaded or not.
    static func description(of name: String, _ service: Service) async -> JSONValue {
      let shelf = service.models
      let (presence, model) = (await shelf.presence(name), await shelf.loadedModel(name))
      let choice = shelf.choice(name)
      let report = await service.descriptions.report(of: name, shelf)
      let kind = model?.kind ?? shelf.kind(name)
      var members: [(key: String, value: JSONValue)] = [
        ("id", .string(name)), ("object", .string("model")), ("created", .integer(0)),
        ("owned_by", .string("needletail")),
      ]
      func add(_ key: String, _ value: JSONValue?) { members.append((key, value ?? .null)) }
      func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
      add("aliases", list(choice?.aliases ?? []))
      add("kind", .string(kind.rawValue))
      add("state", .string(presence.rawValue))
      add("dimension", dimension(model, kind, choice, report).map { .integer($0) })
      add("max_length", length(model, choice, report).map { .integer($0) })
      add("precision", .string((choice?.configuration.precision ?? .float32).rawValue))
      add("architecture", .string(report?.modelType ?? report?.family ?? "unknown"))
      add("pooling", list(report?.pooling ?? []))
      add("prompts", .array(prompts(model, report)))
      add("normalizes", normalizes(model, kind, report).map { .boolean($0) })
      add("labels", list(model?.labels ?? []))
      add("parameters", (report?.parameters).map { .integer($0) })
      add("warning", (model.map(\.warning) ?? report?.warning).map { .string($0) })
      return .object(members)
    }

    private static func dimension(
      _ model: ServedModel?, _ kind: ServedModelKind, _ choice: ServedModelChoice?, _ report: ModelReport?
    ) -> Int? {
      if let model { return model.dimension }
      guard kind != .crossEncoder, kind != .classifier else { return nil }
      return choice?.configuration.dimensions ?? report?.dimension
    }

    private static func length(_ model: ServedModel?, _ choice: ServedModelChoice?, _ report: ModelReport?) -> Int? {
      if let model { return model.maximumLength }
      return [report?.maximumLength, choice?.configuration.maximumLength].compactMap(\.self).min()
    }

    private static func prompts(_ model: ServedModel?, _ report: ModelReport?) -> [JSONValue] {
      let texts: [(name: String, text: String)]
      if let model {
        texts = model.prompts.texts.sorted { $0.key < $1.key }.map { (name: $0.key, text: $0.value) }
      } else {
        texts = report?.prompts ?? []
      }
      return texts.map { .object(["name": .string($0.name), "text": .string($0.text)]) }
    }

    private static func normalizes(_ model: ServedModel?, _ kind: ServedModelKind, _ report: ModelReport?) -> Bool? {
      if case .dense(let dense)? = model { return dense.embedder.normalizes }
      return kind == .dense ? report?.normalizes : nil
    }
  }
#endif
