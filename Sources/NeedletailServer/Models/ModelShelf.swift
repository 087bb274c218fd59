#if Server
  internal import NeedletailEmbedding
  internal import NeedletailTensor
  internal import Synchronization

  #if canImport(FoundationEssentials)
    internal import FoundationEssentials
  #else
    internal import Foundation
  #endif

  /// The models of a server: loaded when they are first wanted, unloaded when nobody wants them or memory is short.
  final class ModelShelf: Sendable {
    /// Whether a model is in memory.
    enum Presence: String, Sendable {
      case unloaded, loading, loaded
    }

    private struct Place {
      let choice: ServedModelChoice
      var loading: Task<ServedModel, any Error>?
      var model: ServedModel?
      var lastUse = ContinuousClock.now
      /// Bytes of its files.
      var bytes = 0
    }

    /// Names in the order of the configuration.
    let names: [String]
    /// Every name and alias with the model that it means.
    private let meanings: [String: String]
    /// What each model gives, as was said or as its folder says.
    private let kinds: [String: ServedModelKind]
    private let configuration: ServerConfiguration
    private let metrics: ServerMetrics
    private let places: Mutex<[String: Place]>

    init(_ configuration: ServerConfiguration, metrics: ServerMetrics) {
      (self.configuration, self.metrics) = (configuration, metrics)
      names = configuration.models.map(\.name)
      var meanings: [String: String] = [:]
      var kinds: [String: ServedModelKind] = [:]
      var places: [String: Place] = [:]
      for model in configuration.models {
        for name in [model.name] + model.aliases { meanings[name] = model.name }
        kinds[model.name] = Self.kind(of: model)
        places[model.name] = Place(choice: model)
      }
      (self.meanings, self.kinds) = (meanings, kinds)
      self.places = Mutex(places)
    }

    private static func kind(of choice: ServedModelChoice) -> ServedModelKind {
      if let kind = choice.kind { return kind }
      guard let folder = try? choice.source.folder() else { return .dense }
      return ServedModelKind(of: folder)
    }

    /// The model of a request; the first where it names none.
    ///
    /// - Throws: ``ServerError`` with code `.notFound` for a name that is not known.
    func name(_ wanted: String?) throws -> String {
      guard let wanted, !wanted.isEmpty else { return names[0] }
      guard let name = meanings[wanted] else {
        throw ServerError(
          .notFound, "the model \"\(wanted)\" does not exist here; there are: \(names.joined(separator: ", "))",
          parameter: "model")
      }
      return name
    }

    /// The model of a request; where it names none, the first that gives what is wanted.
    ///
    /// - Parameter kinds: What is wanted, the best first.
    /// - Throws: ``ServerError`` with code `.notFound` for a name that is not known, `.impossible` where no model is of
    ///   the kinds.
    func name(_ wanted: String?, kinds wantedKinds: [ServedModelKind]) throws -> String {
      if let wanted, !wanted.isEmpty { return try name(wanted) }
      if wantedKinds.count == ServedModelKind.allCases.count { return names[0] }
      for kind in wantedKinds {
        if let name = names.first(where: { kinds[$0] == kind }) { return name }
      }
      throw ServerError(
        .impossible,
        "needs a model of the kind \(wantedKinds.map(\.rawValue).joined(separator: " or ")); this server has "
          + names.map { "\"\($0)\" (\(kind($0).rawValue))" }.joined(separator: ", "), parameter: "model")
    }

    /// What a model gives; the folder's word until it is loaded.
    func kind(_ name: String) -> ServedModelKind { kinds[name] ?? .dense }

    /// What was said about a model.
    func choice(_ name: String) -> ServedModelChoice? { configuration.models.first { $0.name == name } }

    /// A model, loaded.
    ///
    /// - Parameter name: What ``name(_:)`` gave.
    /// - Throws: ``ServerError`` with code `.unavailable` where it cannot be loaded.
    func model(_ name: String) async throws -> ServedModel {
      let known = places.withLock { places -> ServedModel? in
        places[name]?.lastUse = .now
        return places[name]?.model
      }
      if let known { return known }
      do {
        return try await loading(name).value
      } catch {
        places.withLock { $0[name]?.loading = nil }
        throw ServerError(
          .unavailable, "the model \"\(name)\" cannot be loaded: \(error)", retryAfter: 30, cause: error)
      }
    }

    /// The loading of a model, which all who want it share.
    private func loading(_ name: String) throws -> Task<ServedModel, any Error> {
      try places.withLock { places in
        guard let place = places[name] else {
          throw ServerError(.notFound, "the model \"\(name)\" does not exist here")
        }
        if let loading = place.loading { return loading }
        let bytes = Self.bytes(of: place.choice)
        makeRoom(for: name, bytes, in: &places)
        let (choice, configuration, metrics) = (place.choice, configuration, metrics)
        let loading = Task {
          let model = try await Self.load(choice, configuration, metrics)
          self.put(model, name, bytes)
          return model
        }
        places[name]?.loading = loading
        return loading
      }
    }

    private func put(_ model: ServedModel, _ name: String, _ bytes: Int) {
      places.withLock { places in
        places[name]?.model = model
        places[name]?.loading = nil
        places[name]?.lastUse = .now
        places[name]?.bytes = bytes
      }
    }

    /// The models that are in memory now.
    var loaded: [(name: String, model: ServedModel)] {
      places.withLock { places in names.compactMap { name in places[name]?.model.map { (name, $0) } } }
    }

    /// A model, if it is in memory now; asking does not count as using it.
    func loadedModel(_ name: String) -> ServedModel? { places.withLock { $0[name]?.model } }

    func presence(_ name: String) -> Presence {
      places.withLock { places in
        guard let place = places[name] else { return .unloaded }
        return place.model != nil ? .loaded : place.loading != nil ? .loading : .unloaded
      }
    }

    /// Gives a model's memory back once those who use it are done.
    func unload(_ name: String) { places.withLock { $0[name]?.model = nil } }

    /// Unloads models that were idle for too long; the first stays.
    func unloadIdle(after limit: Duration) {
      let now = ContinuousClock.now
      places.withLock { places in
        for name in names.dropFirst() where (places[name]?.lastUse).map({ now - $0 >= limit }) ?? false {
          places[name]?.model = nil
        }
      }
    }

    /// Unloads those unused longest until another model fits into the budget; the first stays.
    private func makeRoom(for name: String, _ needed: Int, in places: inout [String: Place]) {
      guard let budget = configuration.memoryBudget else { return }
      let idle = names.dropFirst().filter { $0 != name && places[$0]?.model != nil }
        .sorted { (places[$0]?.lastUse ?? .now) < (places[$1]?.lastUse ?? .now) }
      var used = places.values.reduce(0) { $0 + ($1.model != nil ? $1.bytes : 0) }
      for other in idle where used + needed > budget {
        used -= places[other]?.bytes ?? 0
        places[other]?.model = nil
      }
    }

    /// About how much memory a model needs: the bytes of its weights.
    private static func bytes(of choice: ServedModelChoice) -> Int {
      guard let folder = try? choice.source.folder() else { return 0 }
      let files = FileManager.default
      let names = ((try? files.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
        $0.hasSuffix(".safetensors") || $0.hasSuffix(".bin")
      }
      return names.reduce(0) { sum, name in
        let path = folder.appending(path: name).resolvingSymlinksInPath().path
        return sum + ((try? files.attributesOfItem(atPath: path)[.size] as? Int) ?? 0)
      }
    }

    private static func load(
      _ choice: ServedModelChoice, _ configuration: ServerConfiguration, _ metrics: ServerMetrics
    ) async throws -> ServedModel {
      let team = configuration.team
      let kind = kind(of: choice)
      let (batch, waiting) = (choice.configuration.batchTokens, configuration.maximumWaitingTokens)
      switch kind {
      case .dense:
        return .dense(try await DenseModel(choice.source, choice.configuration, configuration, metrics))
      case .sparse:
        return .sparse(try await SparseEmbedder(choice.source, configuration: choice.configuration, team: team))
      case .multiVector:
        return .multiVector(
          try await MultiVectorEmbedder(choice.source, configuration: choice.configuration, team: team))
      case .crossEncoder, .classifier:
        var own = CrossEncoderConfiguration()
        own.maximumLength = choice.configuration.maximumLength
        own.batchTokens = batch
        own.precision = choice.configuration.precision
        own.prompt = choice.configuration.prompt
        own.adapters = choice.configuration.adapters
        let model = try await CrossEncoder(choice.source, configuration: own, team: team)
        return .pairs(
          PairScorer(model, limits: .init(batchTokens: batch, waitingTokens: waiting), metrics: metrics))
      }
    }
  }
#endif
