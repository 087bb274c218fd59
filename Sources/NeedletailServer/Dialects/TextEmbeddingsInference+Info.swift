#if Server
  internal import Hummingbird
  internal import HummingbirdCore
  internal import NeedletailEmbedding
  internal import NeedletailJSON
  internal import NeedletailTensor

  extension TextEmbeddingsInference {
    /// What is served and within which bounds, of the model that answers where none is named.
    static func info(_ exchange: Exchange) async throws -> Response {
      let (service, configuration) = (exchange.service, exchange.service.configuration)
      let name = try service.models.name(exchange.request.uri.queryParameters.get("model"))
      let model = try await service.models.model(name)
      let choice = service.models.choice(name)
      let limit = model.maximumLength ?? configuration.maximumWaitingTokens
      return .json(
        .object([
          "model_id": .string(name), "model_sha": .null,
          "model_dtype": .string((choice?.configuration.precision ?? .float32).dtype),
          "model_type": try await type(name, model, service),
          "max_concurrent_requests": .integer(configuration.maximumRequests), "max_input_length": .integer(limit),
          "max_batch_tokens": .integer(choice?.configuration.batchTokens ?? 0), "max_batch_requests": .null,
          "max_client_batch_size": .integer(configuration.maximumInputs),
          "auto_truncate": .boolean(configuration.truncates),
          "tokenization_workers": .integer(configuration.team.threads), "version": .string(Release.version),
          "sha": .null, "docker_label": .null,
        ]))
    }

    private static func type(_ name: String, _ model: ServedModel, _ service: Service) async throws -> JSONValue {
      switch model {
      case .dense, .multiVector:
        let pooling = await service.descriptions.report(of: name, service.models)?.pooling.first ?? "none"
        return .object(["embedding": .object(["pooling": .string(pooling)])])
      case .sparse: return .object(["embedding": .object(["pooling": .string("splade")])])
      case .pairs(let scorer):
        let labels = scorer.model.labels
        let members = JSONValue.object([
          "id2label": .object(labels.enumerated().map { (key: "\($0.offset)", value: .string($0.element)) }),
          "label2id": .object(labels.enumerated().map { (key: $0.element, value: .integer($0.offset)) }),
        ])
        return labels.count == 1 ? .object(["reranker": members]) : .object(["classifier": members])
      }
    }
  }

  extension Precision {
    /// As PyTorch names it.
    var dtype: String {
      switch self {
      case .float32: "float32"
      case .bfloat16: "bfloat16"
      case .int8: "int8"
      }
    }
  }
#endif
