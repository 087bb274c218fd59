#if Server
  internal import GRPCCore
  internal import SwiftProtobuf

  /// `grpc.health.v1.Health`: whether the server is well.
  struct HealthCalls: Grpc_Health_V1_Health.ServiceProtocol {
    let calls: GRPCCalls
    /// Full names of the services that there are.
    let services: Set<String>

    /// How often a watched server is looked at.
    private static var pause: Duration { .seconds(1) }

    func check(
      request: ServerRequest<Grpc_Health_V1_HealthCheckRequest>, context: ServerContext
    ) async throws -> ServerResponse<Grpc_Health_V1_HealthCheckResponse> {
      let answer = await health(of: request.message.service)
      guard answer.status != .serviceUnknown else {
        throw RPCError(code: .notFound, message: "there is no service \(request.message.service)")
      }
      return ServerResponse(message: answer)
    }

    func list(
      request: ServerRequest<Grpc_Health_V1_HealthListRequest>, context: ServerContext
    ) async throws -> ServerResponse<Grpc_Health_V1_HealthListResponse> {
      let answer = await health(of: "")
      let names = Array(services) + [""]
      return ServerResponse(
        message: .with { $0.statuses = Dictionary(uniqueKeysWithValues: names.map { ($0, answer) }) })
    }

    func watch(
      request: ServerRequest<Grpc_Health_V1_HealthCheckRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Grpc_Health_V1_HealthCheckResponse> {
      StreamingServerResponse { writer in
        var last: Grpc_Health_V1_HealthCheckResponse?
        while true {
          let answer = await health(of: request.message.service)
          if answer != last { try await writer.write(answer) }
          last = answer
          do {
            try await Task.sleep(for: Self.pause)
          } catch {
            throw RPCError(code: .cancelled, message: "nobody watches any more")
          }
        }
      }
    }

    private func health(of name: String) async -> Grpc_Health_V1_HealthCheckResponse {
      guard name.isEmpty || services.contains(name) else { return .with { $0.status = .serviceUnknown } }
      let isServing = await calls.service.isServing()
      return .with { $0.status = isServing ? .serving : .notServing }
    }
  }
#endif
