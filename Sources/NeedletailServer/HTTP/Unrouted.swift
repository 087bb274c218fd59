#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NIOHTTP1

  /// Answers what no route takes: unknown places, other methods of known ones, browsers that ask whether they may ask.
  struct Unrouted: RouterMiddleware {
    typealias Context = HTTPContext

    let service: Service
    let routes: [Route]

    @concurrent func handle(
      _ request: Request, context: HTTPContext,
      next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
      do {
        return try await next(request, context)
      } catch let error as HTTPParserError {
        throw error
      } catch {
        service.metrics.requestBegan()
        let response = answer(request, error)
        service.metrics.requestEnded("none", status: response.status.code, .zero)
        return response
      }
    }

    private func answer(_ request: Request, _ error: any Error) -> Response {
      let all = routes.filter { $0.matches(request.uri.path) }
      // A place of its own hides those whose parameters would fit, too.
      let fewest = all.map(\.parameters).min()
      let matching = all.filter { $0.parameters == fewest }
      var response: Response
      if let known = matching.first {
        let more = matching.contains { $0.method == .get } ? ["HEAD", "OPTIONS"] : ["OPTIONS"]
        let allowed = Set(matching.map(\.method.rawValue) + more).sorted().joined(separator: ", ")
        if request.method == .options {
          response = CrossOrigin.preflight(request, service.configuration) ?? .done
        } else {
          response = .refusal(ServerError(.methodNotAllowed, "this place takes \(allowed)"), known.errors)
        }
        response.headers[.allow] = allowed
      } else {
        response = .refusal(ServerError(error), .openAI)
      }
      if request.method == .head { response = response.createHeadResponse() }
      response.headers[.requestID] = RequestName.of(request)
      response.headers[.xContentTypeOptions] = "nosniff"
      CrossOrigin.allow(request, service.configuration, in: &response)
      return response
    }
  }

  extension Route {
    /// Whether a path is of this route, parameters being any part.
    func matches(_ other: String) -> Bool {
      let parts = path.split(separator: "/")
      let others = other.split(separator: "/")
      return parts.count == others.count && zip(parts, others).allSatisfy(Self.agree)
    }

    /// How many parts of the path are open.
    var parameters: Int { path.split(separator: "/").count { $0.hasPrefix("{") } }

    private static func agree(_ part: Substring, _ other: Substring) -> Bool { part.hasPrefix("{") || part == other }
  }
#endif
