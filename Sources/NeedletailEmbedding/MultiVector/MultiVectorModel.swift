internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A multi-vector folder in memory, ready to run.
struct MultiVectorModel: Sendable {
  let input: TextInput
  let encoder: Transformer
  /// Applied to the states of tokens.
  let modules: [VectorModule]
  let selection: TokenSelection
  let settings: MultiVectorSettings
  /// The token that queries are made longer with, where they are.
  let expansionID: Int32
  let prompts: Prompts

  /// Features of a token's vector.
  var dimension: Int { modules.reduce(encoder.hiddenSize) { $1.dimension($0) } }

  /// Executes a folder: each module in turn, anything unknown an error that names it.
  ///
  /// - Parameter adapters: Changes of the transformer's weights.
  init(
    _ folder: ModelFolder, kernels: Kernels, precision: Precision, adapters: [AdapterChoice], team: ComputeTeam
  ) async throws {
    let list = try Self.modules(folder)
    guard let first = list.first, first.kind == .transformer else {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path, "a multi-vector model should begin with a Transformer")
    }
    let root = try folder.module(first.path)
    let adapted = try AdaptedFolder(root, adding: adapters)
    let texts = adapted.texts
    let settings = try MultiVectorSettings(folder, root: texts)
    let transformer = try await Pipeline.transformer(
      adapted.base, kernels: kernels, precision: precision, adapters: adapted.adapters, team: team)
    // There it is no module of its own.
    if settings.layout == .colBERT, try adapted.adapters.contains(where: { try $0.read().changes("linear.weight") }) {
      throw EmbeddingError(
        .unsupported, folder.url.path,
        "an adapter changes linear, the product after the encoder; only the encoder is changed here")
    }
    let configuration = transformer.configuration
    try texts.refuseConversation(isListed: folder.has("modules.json"))
    let sentences = try SentenceSettings(texts, configuration, hasRoles: true)
    let markers = ["query", "document"].compactMap { settings.markers[$0] }
    let tokenizer = try texts.tokenizer(
      lowercasing: sentences.lowercases, rows: configuration.vocabularySize, markers: markers)
    input = TextInput(
      tokenizer: tokenizer, maximumLength: sentences.maximumLength, truncationSide: try texts.truncationSide(),
      addsSpecialTokens: true)
    encoder = transformer
    prompts = try Prompts(folder).marked(settings.markers)
    self.settings = settings
    expansionID = try settings.expansion.map { try Self.expansionID($0, texts, tokenizer, configuration) } ?? 0
    (modules, selection) = try Self.tail(
      list.dropFirst(), folder, settings, tokenizer: tokenizer, hiddenSize: configuration.hiddenSize, kernels: kernels)
  }

  private static func modules(_ folder: ModelFolder) throws(EmbeddingError) -> [ModuleEntry] {
    guard folder.has("modules.json") else { return [ModuleEntry(kind: .transformer, path: "")] }
    return try ModuleList(folder).entries
  }

  /// What follows the encoder.
  private static func tail(
    _ entries: ArraySlice<ModuleEntry>, _ folder: ModelFolder, _ settings: MultiVectorSettings, tokenizer: Tokenizer,
    hiddenSize: Int, kernels: Kernels
  ) throws -> ([VectorModule], TokenSelection) {
    var modules: [VectorModule] = []
    var selection = TokenSelection.all
    var dimension = hiddenSize
    for entry in entries {
      guard entry.kind != .multiVectorMask else {
        selection = try TokenSelection(folder.module(entry.path), tokenizer: tokenizer)
        continue
      }
      let module = try VectorModule(
        entry, in: folder, on: .tokens, usual: .tokens, dimension: dimension, kernels: kernels)
      guard let module else { continue }
      dimension = module.dimension(dimension)
      modules.append(module)
    }
    guard settings.layout != .sentenceTransformers else { return (modules, selection) }
    if settings.layout == .colBERT {
      do { modules = [.dense(try Dense(inline: folder, inputs: hiddenSize, kernels: kernels))] } catch let error
        as TensorError
      {
        throw EmbeddingError(error.code == .missing ? .unreadable : .malformed, error.subject, error.message)
      }
    }
    let words = settings.skippedWords ?? MultiVectorSettings.punctuation
    return (modules + [.normalize], TokenSelection(words: words, tokenizer: tokenizer))
  }

  /// The id of the token that queries are made longer with: the mask, or where there is none the end of a text.
  private static func expansionID(
    _ expansion: QueryExpansion, _ root: ModelFolder, _ tokenizer: Tokenizer, _ configuration: TransformerConfiguration
  ) throws(EmbeddingError) -> Int32 {
    let subject = root.file("tokenizer_config.json").path
    guard expansion.length <= configuration.maximumLength else {
      throw EmbeddingError(
        .malformed, root.url.path,
        "queries are made \(expansion.length) tokens long; the model takes \(configuration.maximumLength)")
    }
    let config = try root.json("tokenizer_config.json")
    guard config?.optional("padding_side")?.string ?? "right" == "right" else {
      throw EmbeddingError(.unsupported, subject, "padding_side is not right, where queries would be made longer")
    }
    let special = try root.specialTokens()
    guard let token = expansion.token ?? special["mask_token"] ?? special["eos_token"],
      let id = tokenizer.id(forToken: token)
    else {
      throw EmbeddingError(.malformed, subject, "queries are made longer with a mask token, but there is none")
    }
    return id
  }

  /// How texts of a role become tokens: queries and documents may have limits of their own.
  func tokenizing(as role: TextRole, limit: Int?, team: ComputeTeam) -> ChunkedTokenizing {
    let own: Int? =
      switch (role, settings.expansion) {
      case (.query, let expansion?) where expansion.isFixed: expansion.length
      case (.query, let expansion?): settings.queryLength.map { max($0, expansion.length) }
      case (.query, nil): settings.queryLength
      case (.document, _): settings.documentLength
      case (.plain, _): nil
      }
    // A role's own limit stands in place of the general one, which may be shorter.
    let input = TextInput(
      tokenizer: input.tokenizer,
      maximumLength: min(own ?? input.maximumLength ?? .max, encoder.configuration.maximumLength),
      truncationSide: input.truncationSide, addsSpecialTokens: input.addsSpecialTokens)
    return input.tokenizing(limit: limit, team: team)
  }

  /// Whether tokens that nobody attends to may follow a text, up to this length together.
  func canLookOnly(length: Int) -> Bool { encoder.canLookOnly(length: length) }

  /// Encodes one batch on this thread.
  ///
  /// - Parameters:
  ///   - tokens: The texts, queries made longer already.
  ///   - attended: How many leading tokens of each are attended to; `nil` for all.
  /// - Returns: The vectors of each text's tokens that are kept, `[tokens, dimension]`.
  func forward(
    _ tokens: PackedTokens, attended: [Int]?, as role: TextRole, in workspace: Workspace, check: () throws -> Void
  ) throws -> [Matrix] {
    try encoder.check(tokens)
    workspace.attended = attended
    defer { workspace.attended = nil }
    let states = try encoder.forward(tokens, in: workspace) { (_, _) throws in try check() }
    let vectors = modules.reduce(states) { $1.forward($0, in: workspace) }
    return (0..<tokens.count).map { text in
      let range = tokens.range(text)
      let places = selection.places(tokens.ids[range], as: role)
      let values = places.flatMap { workspace.values(of: vectors.rows($0..<$0 + 1)) }
      return Matrix(rows: places.count, columns: vectors.columns, values: values)
    }
  }
}
