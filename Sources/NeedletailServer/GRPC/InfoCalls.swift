#if Server
  internal import GRPCCore
  internal import SwiftProtobuf

  /// `tei.v1.Info`: what is served, and its limits.
  struct InfoCalls: Tei_V1_Info.ServiceProtocol {
    let calls: GRPCCalls

    func info(
      request: ServerRequest<Tei_V1_InfoRequest>, context: ServerContext
    ) async throws -> ServerResponse<Tei_V1_InfoResponse> {
      try await calls.single(request, context) { _, call in
        let model = try await calls.service.info(call)
        return .with {
          ($0.version, $0.modelID, $0.modelDtype) = (model.version, model.id, model.precision)
          if let revision = model.revision { $0.modelSha = revision }
          $0.modelType =
            switch model.kind {
            case .embedding: .embedding
            case .classifier: .classifier
            case .reranker: .reranker
            }
          $0.maxConcurrentRequests = UInt32(clamping: model.maximumRequests)
          $0.maxInputLength = UInt32(clamping: model.maximumLength)
          $0.maxBatchTokens = UInt32(clamping: model.maximumBatchTokens)
          $0.maxClientBatchSize = UInt32(clamping: model.maximumClientBatch)
          $0.tokenizationWorkers = UInt32(clamping: model.tokenizationWorkers)
        }
      }
    }
  }
#endif
