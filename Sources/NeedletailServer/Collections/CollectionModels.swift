#if Server
  internal import NeedletailEmbedding
  internal import NeedletailRetrieval
  internal import NeedletailTensor
  internal import Synchronization

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// The models of collections: the server's own where they are the same, others loaded once.
  final class CollectionModels: Sendable {
    private let configuration: ServerConfiguration
    private let models: ModelShelf
    private let metrics: ServerMetrics
    /// Models of the server by how they are opened.
    private let served: [ModelOpening: String]
    private let others = Mutex<[ModelOpening: Task<DenseModel, any Error>]>([:])

    init(_ configuration: ServerConfiguration, _ models: ModelShelf, metrics: ServerMetrics) {
      (self.configuration, self.models, self.metrics) = (configuration, models, metrics)
      served = Dictionary(
        configuration.models.compactMap { choice in
          ModelOpening(choice.source, choice.configuration).map { ($0, choice.name) }
        }
      ) { first, _ in first }
    }

    /// How a model of the server is opened.
    func opening(of name: String) throws -> ModelOpening {
      guard let choice = models.choice(name), let opening = ModelOpening(choice.source, choice.configuration) else {
        throw ServerError(
          .impossible, "the model \"\(name)\" has settings that a collection cannot keep", parameter: "model")
      }
      return opening
    }

    /// What clients call the model of a collection; `nil` where it has none.
    func name(of settings: CollectionSettings) -> String? {
      guard let text = settings.opening, let opening = try? ModelOpening(parsing: text) else { return nil }
      return served[opening] ?? opening.model.split(separator: "/").last.map(String.init)
    }

    /// Opens a collection with its model, or without where that cannot be had.
    func open(_ name: CollectionName, at url: URL) async throws -> ServedCollection {
      let team = configuration.team
      let bare = try await DocumentCollection(at: url, mode: .readWrite, team: team)
      guard let text = bare.settings.opening else {
        return ServedCollection(
          name, bare,
          .none(
            ServerError(
              .impossible, "the collection \"\(name)\" has no model: give vectors, for documents and for searches")),
          modelName: nil)
      }
      let known = self.name(of: bare.settings)
      do {
        let (embedder, model) = try await self.model(try ModelOpening(parsing: text))
        try await bare.close()
        let documents = try await DocumentCollection(at: url, embedder: embedder, mode: .readWrite)
        return ServedCollection(name, documents, model, modelName: known)
      } catch {
        let code: ServerError.Code = (error as? RetrievalError)?.code == .modelMismatch ? .conflict : .impossible
        let reason = ServerError(
          code, "the model of the collection \"\(name)\" cannot be used: \(ServerError(error).message)", cause: error)
        // A failure after the first one was closed leaves it closed; another is opened in either case.
        try? await bare.close()
        return ServedCollection(
          name, try await DocumentCollection(at: url, mode: .readWrite, team: team), .none(reason), modelName: known)
      }
    }

    private func model(_ opening: ModelOpening) async throws -> (Embedder, ServedCollection.Model) {
      if let name = served[opening] {
        guard case .dense(let model) = try await models.model(name) else {
          throw ServerError(.impossible, "the model \"\(name)\" gives no dense vectors")
        }
        return (model.embedder, .served(name))
      }
      let (configuration, metrics) = (configuration, metrics)
      let loading = others.withLock { others in
        if let task = others[opening] { return task }
        let task = Task {
          try await DenseModel(try opening.source(), opening.configuration, configuration, metrics)
        }
        others[opening] = task
        return task
      }
      do {
        let model = try await loading.value
        return (model.embedder, .own(model))
      } catch {
        others.withLock { $0[opening] = nil }
        throw error
      }
    }
  }
#endif
