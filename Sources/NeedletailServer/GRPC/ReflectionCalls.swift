#if Server
  internal import GRPCCore
  internal import GRPCProtobuf
  internal import SwiftProtobuf

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// `grpc.reflection.v1.ServerReflection`: what the server offers, for clients that have no protocol file; and the same
  /// under its former name, whose messages are alike.
  struct ReflectionCalls: RegistrableRPCService {
    typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
    typealias Answer = Grpc_Reflection_V1_ServerReflectionResponse

    /// Full names of the services that there are.
    let services: [String]

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
      for service in [Grpc_Reflection_V1_ServerReflection.descriptor.fullyQualifiedService, Self.formerName] {
        router.registerHandler(
          forMethod: MethodDescriptor(fullyQualifiedService: service, method: "ServerReflectionInfo"),
          deserializer: ProtobufDeserializer<Request>(), serializer: ProtobufSerializer<Answer>()
        ) { request, _ in
          StreamingServerResponse { writer in
            for try await message in request.messages { try await writer.write(answer(message)) }
            return [:]
          }
        }
      }
    }

    private static var formerName: String { "grpc.reflection.v1alpha.ServerReflection" }

    private func answer(_ request: Request) -> Answer {
      .with {
        ($0.validHost, $0.originalRequest) = (request.host, request)
        $0.messageResponse =
          switch request.messageRequest {
          case .fileByFilename(let name): file(name) { $0.name == name }
          case .fileContainingSymbol(let name): file(name) { $0.symbols.contains(name) }
          case .listServices:
            .listServicesResponse(.with { $0.service = services.map { name in .with { $0.name = name } } })
          case .fileContainingExtension(let wanted): refusal(.notFound, "\(wanted.containingType) has no extensions")
          case .allExtensionNumbersOfType(let name): refusal(.notFound, "\(name) has no extensions")
          case nil: refusal(.invalidArgument, "the request asks for nothing that is known here")
          }
      }
    }

    /// The first file of which something is true.
    private func file(
      _ name: String, _ isWanted: ((name: String, symbols: Set<String>, descriptor: [UInt8])) -> Bool
    ) -> Answer.OneOf_MessageResponse {
      guard let file = GRPCProtocols.files.first(where: isWanted) else {
        return refusal(.notFound, "there is no \(name)")
      }
      return .fileDescriptorResponse(.with { $0.fileDescriptorProto = [Data(file.descriptor)] })
    }

    private func refusal(_ code: RPCError.Code, _ message: String) -> Answer.OneOf_MessageResponse {
      .errorResponse(.with { ($0.errorCode, $0.errorMessage) = (Int32(code.rawValue), message) })
    }
  }
#endif
