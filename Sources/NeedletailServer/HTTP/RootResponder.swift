#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import Logging
  internal import NIOCore
  internal import NeedletailJSON

  /// Answers every request: who may ask, how much at once, which route, and what is noted about it.
  struct RootResponder: HTTPResponder {
    private let service: Service
    private let router: RouterResponder<ServerContext>

    init(_ service: Service) {
      self.service = service
      let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
      for route in Service.routes {
        router.on(RouterPath(route.path), method: route.method) { request, context in
          await Self.answer(route, request, context, service)
        }
      }
      for (path, routes) in Dictionary(grouping: Service.routes, by: \.path) {
        Self.refuseOthers(than: routes, at: RouterPath(path), router, service)
      }
      self.router = router.buildResponder()
    }

    func respond(to request: Request, context: ServerContext) async throws -> Response {
      let response = try await router.respond(to: request, context: context)
      // Every answer of a place has a name; only what no place took has none.
      guard response.headers[.requestID] == nil else { return response }
      let error = ServerError(.notFound, "there is nothing at this place; /docs lists what there is")
      return Self.finished(Self.refusal(error, .openAI), request, service)
    }

    private static let methods: [HTTPRequest.Method] =
      [.get, .post, .put, .patch, .delete, .trace] + ["QUERY"].compactMap { HTTPRequest.Method(rawValue: $0) }

    /// Answers the methods that a place does not take.
    private static func refuseOthers(
      than routes: [Route], at path: RouterPath, _ router: Router<ServerContext>, _ service: Service
    ) {
      let taken = routes.map(\.method)
      let names = (taken.contains(.get) ? [.head] : []) + taken + [.options]
      let allowed = Set(names.map(\.rawValue)).sorted().joined(separator: ", ")
      let errors = routes[0].errors
      for method in methods + (taken.contains(.get) ? [] : [.head]) where !taken.contains(method) {
        router.on(path, method: method) { request, _ in
          let error = ServerError(.methodNotAllowed, "this place takes \(allowed)")
          var response = refusal(error, errors)
          response.headers[.allow] = allowed
          return finished(response, request, service)
        }
      }
      router.on(path, method: .options) { request, _ in
        var response = CrossOrigin.preflight(request, service.configuration) ?? .done
        response.headers[.allow] = allowed
        return finished(response, request, service)
      }
    }

    /// What is counted and said of an answer that no route gave.
    private static func finished(_ response: Response, _ request: Request, _ service: Service) -> Response {
      var response = request.method == .head ? response.createHeadResponse() : response
      response.headers[.requestID] = RequestName.of(request)
      response.headers[.xContentTypeOptions] = "nosniff"
      service.metrics.requestBegan()
      service.metrics.requestEnded("none", status: response.status.code, .zero)
      CrossOrigin.allow(request, service.configuration, in: &response)
      return response
    }

    /// Answers a request of a route; what goes wrong is an answer, too.
    private static func answer(
      _ route: Route, _ request: Request, _ context: ServerContext, _ service: Service
    ) async -> Response {
      let arrival = ContinuousClock.now
      let id = RequestName.of(request)
      let trace = request.headers[.traceParent].flatMap { TraceContext(header: $0) }
      service.metrics.requestBegan()
      let exchange = Exchange(
        request, context.parameters, service, arrival: arrival,
        deadline: arrival + Self.timeout(request, service.configuration), client: service.clients[context.channel],
        id: id, trace: trace)
      var response: Response
      do {
        if let origin = request.headers[.origin] { try CrossOrigin.check(origin, request, service.configuration) }
        let place = try service.places.reserve(1)
        defer { service.places.free(place) }
        if service.isDraining {
          throw ServerError(.unavailable, "the server is ending; ask again later", retryAfter: 5)
        }
        if let scope = route.scope { try service.authorize(request, for: scope) }
        response = try await route.handler(exchange)
      } catch {
        let error = ServerError(error)
        if error.code == .failed {
          service.logger.error("a request failed", metadata: ["id": "\(id)", "cause": "\(error.cause ?? error)"])
        }
        response = Self.refusal(error, route.errors)
      }
      let duration = ContinuousClock.now - arrival
      service.metrics.requestEnded(route.path, status: response.status.code, duration)
      exchange.describe(duration, in: &response)
      CrossOrigin.allow(request, service.configuration, in: &response)
      service.logger.debug(
        "request",
        metadata: [
          "id": "\(id)", "method": "\(request.method)", "route": "\(route.path)", "status": "\(response.status.code)",
          "ms": "\(duration.milliseconds)", "trace": "\(trace?.trace ?? "")",
        ])
      return response
    }

    private static func refusal(_ error: ServerError, _ shape: ErrorShape) -> Response {
      var response = Response.json(shape.json(error), status: error.code.status)
      if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
      if error.code == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
      // What is left of a body that was not read would be taken for the next request.
      if error.code == .tooLarge || error.code == .unsupportedMedia { response.headers[.connection] = "close" }
      return response
    }

    /// The time for a request: the client's, where it is shorter than the server's.
    private static func timeout(_ request: Request, _ configuration: ServerConfiguration) -> Duration {
      guard let wanted = request.headers[.requestTimeout].flatMap({ Double($0) }), wanted >= 0, wanted.isFinite else {
        return configuration.requestTimeout
      }
      return min(configuration.requestTimeout, .seconds(min(wanted, 1e6)))
    }
  }

  extension Service {
    /// Whether a request's key allows so much; without keys everybody may do everything.
    func authorize(_ request: Request, for scope: Scope) throws {
      guard !configuration.keys.entries.isEmpty else { return }
      let bearer = request.headers[.authorization].flatMap { header in
        header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : nil
      }
      guard let key = bearer ?? request.headers[.apiKey] else {
        throw ServerError(.unauthorized, "this server wants a key: send Authorization: Bearer KEY")
      }
      guard let entry = configuration.keys.entry(key) else { throw ServerError(.unauthorized, "the key is not known") }
      guard entry.scope >= scope else {
        throw ServerError(.forbidden, "the key \"\(entry.name)\" allows \(entry.scope.rawValue), not \(scope.rawValue)")
      }
    }
  }

  extension Exchange {
    /// Says in the headers what an answer took.
    func describe(_ duration: Duration, in response: inout Response) {
      response.headers[.requestID] = id
      response.headers[.xContentTypeOptions] = "nosniff"
      if let trace { response.headers[.traceParent] = trace.header }
      let notes = notes
      guard notes.hasComputed else { return }
      response.headers[.totalTime] = duration.milliseconds
      response.headers[.tokenizationTime] = notes.tokenization.milliseconds
      response.headers[.queueTime] = notes.queue.milliseconds
      response.headers[.inferenceTime] = notes.inference.milliseconds
      response.headers[.computeTokens] = "\(notes.tokens)"
      response.headers[.computeCharacters] = "\(notes.characters)"
      if !notes.truncated.isEmpty {
        response.headers[.truncated] = notes.truncated.prefix(256).map(String.init).joined(separator: ",")
      }
    }
  }

  extension Duration {
    /// Milliseconds with three digits after the point at most.
    var milliseconds: String { "\((self / .microseconds(1)).rounded() / 1000)" }
  }

  /// A request's name: the client's, where it is one, or a new one.
  enum RequestName {
    static func of(_ request: Request) -> String {
      if let name = request.headers[.requestID], (1...128).contains(name.utf8.count),
        name.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
      {
        return name
      }
      return RandomName.hexadecimal(digits: 16)
    }
  }
#endif
