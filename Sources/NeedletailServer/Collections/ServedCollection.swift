#if Server
  internal import NeedletailEmbedding
  internal import NeedletailRetrieval

  /// An open collection, and what makes vectors of its questions.
  final class ServedCollection: Sendable {
    /// Where its vectors come from.
    enum Model: Sendable {
      /// A model of the server, by its name.
      case served(String)
      /// Another model, which the collection says how to open.
      case own(DenseModel)
      /// None, and why.
      case none(ServerError)
    }

    let name: CollectionName
    let documents: DocumentCollection
    let model: Model
    /// What clients call its model.
    let modelName: String?
    let writing = WritingTurns()

    init(_ name: CollectionName, _ documents: DocumentCollection, _ model: Model, modelName: String?) {
      (self.name, self.documents, self.model, self.modelName) = (name, documents, model, modelName)
    }

    /// A question as a vector, computed together with what others ask of the model.
    func vector(of query: String, _ exchange: Exchange) async throws -> [Float] {
      let model = try await denseModel(exchange)
      if let modelName { exchange.note { $0.model = modelName } }
      var wishes = VectorWishes()
      (wishes.role, wishes.member) = (.query, "query")
      let vectors = try await model.vectors(.texts([query]), wishes, exchange)
      return Array(vectors.rows[0])
    }

    private func denseModel(_ exchange: Exchange) async throws -> DenseModel {
      switch model {
      case .own(let model): return model
      case .none(let reason): throw reason
      case .served(let name):
        guard case .dense(let model) = try await exchange.service.models.model(name) else {
          throw ServerError(.conflict, "the model \"\(name)\" gives no dense vectors any more")
        }
        return model
      }
    }

    /// Refuses texts where there is no model for them.
    func checkModel() throws {
      if case .none(let reason) = model { throw reason }
    }
  }
#endif
