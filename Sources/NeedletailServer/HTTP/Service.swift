#if Server
  internal import Logging
  internal import NeedletailTensor
  internal import Synchronization

  /// What all requests share.
  final class Service: Sendable {
    let configuration: ServerConfiguration
    let models: ModelShelf
    let descriptions = ModelDescriptions()
    /// `nil` where the server keeps none.
    let collections: CollectionShelf?
    let metrics = ServerMetrics()
    let clients = ClientRegister()
    /// Bytes of bodies that are being read.
    let bodies: Admission
    /// Requests that are under way.
    let places: Admission
    let logger: Logger
    private let draining = Atomic(false)

    /// - Throws: ``ServerError`` with code `.failed` where the folder of collections cannot be used.
    init(_ configuration: ServerConfiguration, logger: Logger) throws {
      self.configuration = configuration
      self.logger = logger
      models = ModelShelf(configuration, metrics: metrics)
      let collectionModels = CollectionModels(configuration, models, metrics: metrics)
      collections = try configuration.collections.map { try CollectionShelf($0, collectionModels) }
      bodies = Admission(limit: configuration.maximumBodies)
      places = Admission(limit: configuration.maximumRequests)
    }

    /// Whether the server ends: what is under way is finished, nothing new begun.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func drain() { draining.store(true, ordering: .relaxed) }

    /// The places of all dialects.
    static var routes: [Route] {
      Observation.routes + PageFiles.routes + CollectionPlaces.routes + OpenAI.routes + ModelListing.routes
        + TextEmbeddingsInference.routes + Cohere.routes + Ollama.routes + TokenPlaces.routes + Likeness.routes
    }
  }
#endif
