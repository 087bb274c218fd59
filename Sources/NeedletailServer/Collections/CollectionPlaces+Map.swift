#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailIndex
  internal import NeedletailJSON
  internal import NeedletailRetrieval
  internal import NeedletailTensor

  extension CollectionPlaces {
    static func map(_ exchange: Exchange) async throws -> Response {
      let limit = try exchange.integer("limit", in: 1...5000, default: 2000)
      let filter = try Filter(parameter: exchange.request.uri.queryParameters.get("where"))
      let field = exchange.request.uri.queryParameters.get("field")
      return try await exchange.collection { collection in
        let documents = collection.documents
        let sample = try await documents.sample(
          limit, where: filter, vectorsOf: field ?? documents.settings.fields[0])
        let deadline = exchange.deadline
        let maps = try await exchange.service.configuration.team.map(1) { _ in
          try PlanarMap(sample.vectors, try Kernels.preferred()) {
            if ContinuousClock.now > deadline { throw DeadlinePassed() }
          }
        }
        let map = maps[0]
        let points = zip(sample.documents, map.points).map { document, point -> JSONValue in
          .object([
            "id": .string(document.id), "x": .float(point.x), "y": .float(point.y),
            "text": .string(String(document.text.prefix(200))), "metadata": document.metadata,
          ])
        }
        return .json(
          .object([
            "points": .array(points), "method": .string("pca"),
            "explained": .array(map.explained.map { .double($0) }), "total": .integer(sample.total),
          ]))
      }
    }
  }
#endif
