internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Pipeline {
  /// Executes a folder: each module of `modules.json` in turn, anything unknown an error that names it.
  ///
  /// - Parameters:
  ///   - adapters: Changes of the transformer's weights.
  ///   - named: Adapters that calls may choose.
  static func routes(
    _ folder: ModelFolder, kernels: Kernels, precision: Precision, adapters: [AdapterChoice] = [],
    named: [String: AdapterChoice] = [:], team: ComputeTeam
  ) async throws -> Routes<Pipeline> {
    try Self.refuseOtherModels(folder)
    let list = try ModuleList(folder)
    var loaded: [String: Transformer] = [:]
    guard let first = list.entries.first, first.kind == .router else {
      return Routes(
        try await Pipeline(
          folder, list, &loaded, kernels: kernels, precision: precision, adapters: adapters, named: named, team: team))
    }
    let router = try RouterModule(first, in: folder)
    let routes = try await Routes<Pipeline>(router) { modules in
      try await Pipeline(
        folder, ModuleList(entries: modules + list.entries.dropFirst(), warning: nil), &loaded, kernels: kernels,
        precision: precision, adapters: adapters, named: named, team: team)
    }
    let dimensions = routes.all.map(\.dimension)
    guard Set(dimensions).count == 1 else {
      throw EmbeddingError(
        .unsupported, router.subject,
        "the routes give vectors of \(dimensions.map(String.init).joined(separator: " and ")) dimensions")
    }
    return routes
  }

  /// Executes the modules of one route.
  ///
  /// - Parameters:
  ///   - loaded: The encoders that other routes have built, by their paths; routes may share them.
  ///   - adapters: Changes of the transformer's weights.
  ///   - named: Adapters that calls may choose.
  init(
    _ folder: ModelFolder, _ list: ModuleList, _ loaded: inout [String: Transformer], kernels: Kernels,
    precision: Precision, adapters: [AdapterChoice] = [], named: [String: AdapterChoice] = [:], team: ComputeTeam
  ) async throws {
    guard let first = list.entries.first else { throw EmbeddingError(.malformed, folder.url.path, "lists no modules") }
    let root = try folder.module(first.path)
    var rest = list.entries.dropFirst()
    var dimension: Int
    var ownModules: [VectorModule] = []
    var warning = list.warning
    switch first.kind {
    case .staticEmbedding:
      // The transformer of another route may have them.
      guard adapters.isEmpty && named.isEmpty || folder.has("router_config.json") else {
        throw EmbeddingError(.request, folder.url.path, "is a static model; adapters change transformers")
      }
      let table = try StaticEncoder(store: root.weights(), kernels: kernels)
      encoder = .table(table)
      dimension = table.dimension
      tokenizer = try root.tokenizer(lowercasing: false, rows: table.vocabularySize)
      let truncation = try root.tokenizerTruncation()
      maximumLength = truncation?.maximumLength
      truncationSide = truncation?.direction ?? .right
    case .transformer, .clip:
      let adapted = try AdaptedFolder(root, adding: adapters)
      otherFolders = adapters.map(\.folder)
      if adapted.base.url != root.url { otherFolders.append(adapted.base.url) }
      let transformer: Transformer
      if let shared = loaded[first.path] {
        transformer = shared
      } else {
        transformer = try await Self.transformer(
          adapted.base, kernels: kernels, precision: precision, adapters: adapted.adapters, team: team)
        loaded[first.path] = transformer
      }
      self.adapters = try AdapterShelf(named: named, in: adapted.base, of: transformer)
      dimension = transformer.hiddenSize
      var reduction = Reduction.pooling(.mean)
      let isProjected = try TextProjection.isGiven(by: first, in: adapted.base, isPlain: list.warning != nil)
      if isProjected {
        let projection = try TextProjection(adapted.base, hiddenSize: dimension, kernels: kernels)
        reduction = .endToken(projection.endToken)
        ownModules = [.dense(projection.dense)]
        warning = warning.map { _ in TextProjection.assumption(folder) }
        dimension = projection.dense.linear.outputs
      } else if list.warning == nil {
        let before = rest.prefix { $0.kind != .pooling }
        guard let entry = rest.dropFirst(before.count).first else {
          throw EmbeddingError(
            .unsupported, folder.file("modules.json").path, "a Pooling module should follow the Transformer")
        }
        tokenModules = try Self.modules(before, folder, on: .tokens, dimension: &dimension, kernels: kernels)
        reduction = .pooling(try Pooling(folder.module(entry.path), hiddenSize: dimension))
        dimension = reduction.dimension(hiddenSize: dimension)
        rest = rest.dropFirst(before.count + 1)
      } else if let rule = transformer.configuration.latents {
        reduction = .pooling(Pooling(modes: [.mean], includesPrompt: !rule.excludesPrompt))
        ownModules = rule.normalizes ? [.normalize] : []
        countsPromptAlone = true
        warning = "\(folder.url.path) has no modules.json: pooling as the model's own code does"
      }
      encoder = .transformer(transformer, reduction)
      let texts = adapted.texts
      let settings = try SentenceSettings(
        texts, transformer.configuration, task: isProjected ? .textFeatures : .states)
      maximumLength = settings.maximumLength
      truncationSide = try texts.truncationSide()
      if transformer.configuration.latents != nil {
        // Its own code reads texts as they are, whatever template its tokenizer has.
        ending = try texts.endOfText()
      } else {
        conversation = try texts.conversation(
          isListed: folder.has("modules.json"), task: .states,
          modelType: adapted.base.json("config.json")?.optional("model_type")?.string ?? "")
      }
      tokenizer = try texts.tokenizer(
        lowercasing: settings.lowercases, rows: transformer.configuration.vocabularySize)
    default:
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path,
        "a \(first.kind.rawValue) module does not give dense vectors of texts")
    }
    prompts = try Prompts(folder)
    self.warning = warning
    self.kernels = kernels
    modules = try ownModules + Self.modules(rest, folder, on: .sentence, dimension: &dimension, kernels: kernels)
  }

  private static func modules(
    _ entries: ArraySlice<ModuleEntry>, _ folder: ModelFolder, on feature: VectorModule.Feature, dimension: inout Int,
    kernels: Kernels
  ) throws(EmbeddingError) -> [VectorModule] {
    var modules: [VectorModule] = []
    for entry in entries {
      let module = try VectorModule(entry, in: folder, on: feature, dimension: dimension, kernels: kernels)
      guard let module else { continue }
      dimension = module.dimension(dimension)
      modules.append(module)
    }
    return modules
  }

  /// Cross-encoders, sparse and multi-vector models have folders of the same layout and another meaning.
  private static func refuseOtherModels(_ folder: ModelFolder) throws(EmbeddingError) {
    guard let type = try folder.modelType(), type != "SentenceTransformer" else { return }
    let way = type == "CrossEncoder" ? "; it scores pairs: use CrossEncoder, or the command rerank" : ""
    throw EmbeddingError(
      .unsupported, folder.file(ModelFolder.settings).path, "model_type \"\(type)\" is not supported\(way)")
  }

  static func transformer(
    _ folder: ModelFolder, kernels: Kernels, precision: Precision, adapters: [AdapterChoice] = [], team: ComputeTeam
  ) async throws -> Transformer {
    guard let json = try folder.json("config.json") else {
      throw EmbeddingError(.unreadable, folder.file("config.json").path, "the model's configuration is missing")
    }
    let configuration = try TransformerConfiguration(json, subject: folder.file("config.json").path)
    let store = try folder.weights()
    // Weights are packed by then; of tables, the rows that texts need are read again.
    defer { store.releasePages() }
    return try await Transformer(
      configuration: configuration, store: store, adapters: adapters.map { try $0.read() }, kernels: kernels,
      precision: precision, team: team)
  }
}
