#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import Logging
  internal import NIOCore
  internal import NIOHTTP1
  internal import NeedletailJSON

  /// Answers every request: who may ask, how much at once, which route, and what is noted about it.
  struct RootResponder: HTTPResponder {
    private let router: RouterResponder<HTTPContext>
    private let grpc: GRPCResponder
    private let service: Service

    init(_ service: Service) async throws {
      self.service = service
      var limits = GRPCResponder.Limits()
      limits.messageBytes = service.configuration.maximumBody
      limits.duration = service.configuration.requestTimeout
      grpc = try await GRPCResponder(ModelCalls(service: service), limits: limits) { record in
        service.metrics.callEnded(record.method ?? "none", code: record.code, record.duration)
      }
      let router = Router(context: HTTPContext.self, options: .autoGenerateHeadEndpoints)
      let routes = Service.routes
      router.add(middleware: Unrouted(service: service, routes: routes))
      for route in routes {
        router.on(RouterPath(route.path), method: route.method) { request, context in
          try await Self.answer(route, request, context, service)
        }
      }
      self.router = router.buildResponder()
    }

    func respond(to request: Request, context: HTTPContext) async throws -> Response {
      guard GRPCResponder.isCall(request) else { return try await router.respond(to: request, context: context) }
      do {
        if service.isDraining { throw ServerError(.unavailable, "the server is ending; ask again later") }
        try service.authorize(request, for: .read)
      } catch {
        let error = ServerError(error)
        return GRPCResponder.refusal(status: error.code.status.code, message: error.description)
      }
      return grpc.respond(to: request, on: context.channel)
    }

    /// Answers a request of a route; what goes wrong is an answer, too.
    private static func answer(
      _ route: Route, _ request: Request, _ context: HTTPContext, _ service: Service
    ) async throws -> Response {
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
        response = try await route.respond(to: exchange)
      } catch let error as HTTPParserError {
        // What comes is no HTTP any more: Hummingbird says so and closes.
        service.metrics.requestEnded(route.path, status: 400, ContinuousClock.now - arrival)
        throw error
      } catch {
        let error = ServerError(error)
        if error.code == .failed {
          service.logger.error("a request failed", metadata: ["id": "\(id)", "cause": "\(error.cause ?? error)"])
        }
        response = Response.refusal(error, route.errors)
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
      let work = notes.work
      response.headers[.tokenizationTime] = work.tokenization.milliseconds
      response.headers[.queueTime] = work.queue.milliseconds
      response.headers[.inferenceTime] = work.inference.milliseconds
      response.headers[.computeTokens] = "\(work.tokens)"
      response.headers[.computeCharacters] = "\(work.characters)"
      if !work.truncated.isEmpty {
        response.headers[.truncated] = work.truncated.prefix(256).map(String.init).joined(separator: ",")
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
      return new()
    }

    static func new() -> String { RandomName.hexadecimal(digits: 16) }
  }
#endif
