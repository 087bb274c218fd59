internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension SparseRoute {
  /// What is needed to load any route of a folder.
  struct Loading {
    let folder: ModelFolder
    let kernels: Kernels
    let precision: Precision
    /// Changes of the transformers' weights.
    let adapters: [AdapterChoice]
    let team: ComputeTeam
    /// The encoders that were built for other routes, by their paths: routes may share them.
    var loaded: [String: Transformer] = [:]
    /// Their heads, where logits are wanted.
    var heads: [String: MaskedLanguageHead] = [:]
  }

  /// The ways of a folder for texts: each module of `modules.json` in turn, anything unknown an error that names it.
  static func routes(_ loading: inout Loading, _ list: ModuleList) async throws -> Routes<SparseRoute> {
    guard let first = list.entries.first, first.kind == .router else {
      return Routes(try await route(list.entries, isAssumed: list.warning != nil, &loading))
    }
    let router = try RouterModule(first, in: loading.folder)
    let after = list.entries.dropFirst()
    let routes = try await Routes<SparseRoute>(router) { modules in
      try await route(modules + after, isAssumed: false, &loading)
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
  /// - Parameter isAssumed: Whether the folder has no `modules.json`, so that its masked language model is taken as it
  ///   is.
  private static func route(
    _ entries: [ModuleEntry], isAssumed: Bool, _ loading: inout Loading
  ) async throws -> SparseRoute {
    let subject = loading.folder.file("modules.json").path
    guard let first = entries.first else { throw EmbeddingError(.malformed, subject, "lists no modules") }
    let rest = entries.dropFirst()
    if isAssumed || rest.first?.kind == .spladePooling || first.kind == .maskedLanguage {
      return try await words(first, rest, isAssumed: isAssumed, &loading)
    }
    if first.kind == .sparseStaticEmbedding, rest.isEmpty {
      // The transformer of another route may have them.
      guard loading.adapters.isEmpty || loading.folder.has("router_config.json") else {
        throw EmbeddingError(.request, loading.folder.url.path, "has weights of tokens; adapters change transformers")
      }
      let module = try loading.folder.module(first.path)
      let tokenizer = try Tokenizer(folder: module.url)
      return SparseRoute(
        input: TextInput(
          tokenizer: tokenizer, maximumLength: try SentenceSettings.tokenizerLength(module),
          truncationSide: try module.truncationSide(), addsSpecialTokens: false),
        encoder: .weights(try TokenWeights(module, tokenizer: tokenizer, kernels: loading.kernels)))
    }
    if let last = rest.last, last.kind == .sparseAutoEncoder {
      let pipeline = try await Pipeline(
        loading.folder, ModuleList(entries: entries.dropLast(), warning: nil), &loading.loaded,
        kernels: loading.kernels, precision: loading.precision, adapters: loading.adapters, team: loading.team)
      let module = try loading.folder.module(last.path)
      guard pipeline.conversation == nil else { throw Conversation.notHere(loading.folder) }
      return SparseRoute(
        input: TextInput(
          tokenizer: pipeline.tokenizer, maximumLength: pipeline.maximumLength,
          truncationSide: pipeline.truncationSide, addsSpecialTokens: pipeline.addsSpecialTokens),
        encoder: .features(
          pipeline, try SparseAutoEncoder(module, inputs: pipeline.dimension, kernels: loading.kernels)))
    }
    throw EmbeddingError(
      .unsupported, subject,
      "the modules \(self.entries(first, rest)) make no sparse encoder that is known: "
        + "expected a Transformer with SpladePooling, a SparseStaticEmbedding, or dense modules with a "
        + "SparseAutoEncoder")
  }

  /// A masked language model and the pooling of its logits.
  private static func words(
    _ first: ModuleEntry, _ rest: ArraySlice<ModuleEntry>, isAssumed: Bool, _ loading: inout Loading
  ) async throws -> SparseRoute {
    let adapted = try AdaptedFolder(loading.folder.module(first.path), adding: loading.adapters)
    let texts = adapted.texts
    let path = adapted.base.file("config.json").path
    guard first.kind == .transformer || first.kind == .maskedLanguage,
      isAssumed || rest.map(\.kind) == [.spladePooling]
    else {
      throw EmbeddingError(
        .unsupported, loading.folder.file("modules.json").path,
        "a masked language model should be followed by SpladePooling and nothing else, found "
          + entries(first, rest))
    }
    guard let json = try adapted.base.json("config.json") else {
      throw EmbeddingError(.unreadable, path, "the model's configuration is missing")
    }
    let configuration = try TransformerConfiguration(json, subject: path)
    try texts.refuseConversation(isListed: loading.folder.has("modules.json"))
    let usual: SentenceSettings.Task = isAssumed || first.kind == .maskedLanguage ? .logits : .states
    let settings = try SentenceSettings(texts, configuration, task: .logits, usual: usual)
    var pooling = SparsePooling.usual
    if let entry = rest.first {
      pooling = try SparsePooling(loading.folder.module(entry.path), vocabulary: configuration.vocabularySize)
    }
    let (transformer, head) = try await model(first.path, adapted, json, configuration, &loading)
    return SparseRoute(
      input: TextInput(
        tokenizer: try texts.tokenizer(lowercasing: settings.lowercases, rows: configuration.vocabularySize),
        maximumLength: settings.maximumLength, truncationSide: try texts.truncationSide(), addsSpecialTokens: true),
      encoder: .words(transformer, head, pooling))
  }

  /// The encoder and its head, built once for all routes.
  private static func model(
    _ path: String, _ adapted: AdaptedFolder, _ json: JSON, _ configuration: TransformerConfiguration,
    _ loading: inout Loading
  ) async throws -> (Transformer, MaskedLanguageHead) {
    if let encoder = loading.loaded[path], let head = loading.heads[path] { return (encoder, head) }
    let store = try adapted.base.weights()
    let adapters = try adapted.adapters.map { try $0.read() }
    let head = try await MaskedLanguageHead(
      json, subject: adapted.base.file("config.json").path, configuration: configuration, store: store,
      adapters: adapters, kernels: loading.kernels, precision: loading.precision, team: loading.team)
    let encoder = try await Transformer(
      configuration: configuration, store: store, adapters: adapters, kernels: loading.kernels,
      precision: loading.precision, team: loading.team)
    (loading.loaded[path], loading.heads[path]) = (encoder, head)
    return (encoder, head)
  }

  private static func entries(_ first: ModuleEntry, _ rest: ArraySlice<ModuleEntry>) -> String {
    ([first] + rest).map(\.kind.rawValue).joined(separator: ", ")
  }
}
