#if Server
  internal import GRPCCore
  internal import SwiftProtobuf

  /// `tei.v1.Tokenize`: texts to tokens, and back.
  struct TokenizeCalls: Tei_V1_Tokenize.ServiceProtocol {
    let calls: GRPCCalls

    func tokenize(
      request: ServerRequest<Tei_V1_EncodeRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_EncodeResponse> {
      try await calls.single(request, context, tokenize)
    }

    func tokenizeStream(
      request: StreamingServerRequest<Tei_V1_EncodeRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_EncodeResponse> {
      calls.each(request, context, bytes: { $0.inputs.utf8.count }, tokenize)
    }

    func decode(
      request: ServerRequest<Tei_V1_DecodeRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_DecodeResponse> {
      try await calls.single(request, context, decode)
    }

    func decodeStream(
      request: StreamingServerRequest<Tei_V1_DecodeRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Tei_V1_DecodeResponse> {
      calls.each(request, context, bytes: { $0.ids.count * MemoryLayout<UInt32>.size }, decode)
    }

    @Sendable private func tokenize(
      _ request: Tei_V1_EncodeRequest, _ call: ServedCall
    ) async throws -> Tei_V1_EncodeResponse {
      let tokens = try await calls.service.tokenize(
        request.inputs, prompt: request.hasPromptName ? request.promptName : nil,
        addsSpecialTokens: request.addSpecialTokens, call)
      return .with {
        $0.tokens = tokens.map { token in
          .with {
            ($0.id, $0.text, $0.special) = (UInt32(clamping: token.id), token.text, token.isSpecial)
            if let scalars = token.scalars {
              ($0.start, $0.stop) = (UInt32(clamping: scalars.lowerBound), UInt32(clamping: scalars.upperBound))
            }
          }
        }
      }
    }

    @Sendable private func decode(
      _ request: Tei_V1_DecodeRequest, _ call: ServedCall
    ) async throws -> Tei_V1_DecodeResponse {
      let text = try await calls.service.decode(
        request.ids.map(Int.init), skipsSpecialTokens: request.skipSpecialTokens, call)
      return .with { $0.text = text }
    }
  }
#endif
