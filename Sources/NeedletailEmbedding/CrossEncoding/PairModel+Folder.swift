internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension PairModel {
  private static let settings = "config_sentence_transformers.json"

  /// Reads a folder that `CrossEncoder.save` wrote, or a sequence classifier, language model or encoder-decoder of
  /// transformers.
  init(
    _ folder: ModelFolder, _ configuration: CrossEncoderConfiguration, kernels: Kernels, team: ComputeTeam
  ) async throws {
    try Self.refuseOtherModels(folder)
    let (root, tail) = try Self.modules(folder)
    let adapted = try AdaptedFolder(root, adding: configuration.adapters)
    let texts = adapted.texts
    let file = adapted.base.file("config.json").path
    guard let json = try adapted.base.json("config.json") else {
      throw EmbeddingError(.unreadable, file, "the model's configuration is missing")
    }
    let sizes = try TransformerConfiguration(json, subject: file)
    let isPlain = !folder.has("modules.json")
    let isLanguageModel = isPlain && Self.architecture(json).hasSuffix("ForCausalLM")
    let answers = isPlain && Self.architecture(json).hasSuffix("ForConditionalGeneration")
    let asked = configuration.question ?? (sizes.modelType == "mt5" ? .monoMT5 : .monoT5)
    guard !answers || ["t5", "mt5"].contains(sizes.modelType) else {
      throw EmbeddingError(
        .unsupported, file, "\(sizes.modelType) is not supported as an encoder-decoder, only t5 and mt5 are")
    }
    guard answers || configuration.question == nil else {
      throw EmbeddingError(.request, folder.url.path, "is no encoder-decoder that could be asked a question")
    }
    let task = SentenceSettings.Task.self
    let (taken, usual) =
      switch tail {
      case .words: (task.nextWord, task.states)
      case .pooled: (task.states, task.states)
      case .nothing: isLanguageModel ? (task.nextWord, task.nextWord) : (task.scores, task.scores)
      }
    prompts = try Prompts(folder, hasRoles: false)
    let settings = try SentenceSettings(texts, sizes, task: taken, usual: usual)
    maximumLength = settings.maximumLength
    conversation = try texts.conversation(
      isListed: !isPlain, task: taken, modelType: json.optional("model_type")?.string ?? "")
    try conversation?.checkPairs()
    truncationSide = try texts.truncationSide()
    hasSegments = try texts.namesSegments()
    tokenizer = try texts.tokenizer(lowercasing: settings.lowercases, rows: sizes.vocabularySize)
    let store = try adapted.base.weights()
    let adapters = try adapted.adapters.map { try $0.read() }
    question = answers ? try QuestionForm(asked.template, tokenizer: tokenizer) : nil
    warning =
      answers && configuration.question == nil
      ? "\(folder.url.path) does not say how it is asked: \"\(asked.template)\", answered by \(asked.yes) or "
        + "\(asked.no ?? "")" : nil
    switch tail {
    case .pooled(let entries):
      head = .pooled(try PooledHead(entries, in: folder, hiddenSize: sizes.hiddenSize, kernels: kernels))
    case .words(let module):
      let words = try AnswerWords(module, count: sizes.vocabularySize)
      head = .words(
        try NextWordHead(of: words.ids, configuration: sizes, store: store, adapters: adapters, kernels: kernels))
    case .nothing where answers:
      guard truncationSide == .right else {
        throw EmbeddingError(
          .unsupported, texts.file("tokenizer_config.json").path,
          "truncation_side \"left\" is not supported for questions, whose documents lose their last tokens")
      }
      let words = try AnswerWords(asked, tokenizer, count: sizes.vocabularySize)
      head = .answer(
        try FirstWordHead(
          of: words.ids, json, subject: file, configuration: sizes, store: store, adapters: adapters, kernels: kernels))
    case .nothing where isLanguageModel:
      let words = try AnswerWords(tokenizer, count: sizes.vocabularySize, subject: texts.url.path)
      head = .words(
        try NextWordHead(of: words.ids, configuration: sizes, store: store, adapters: adapters, kernels: kernels))
    case .nothing:
      let labels = try HeadConfiguration(json, of: sizes, task: .sequenceClassification, subject: file)
      head = .labels(
        try TransformerHead(configuration: labels, store: store, adapters: adapters, kernels: kernels))
    }
    scoreFunction =
      try configuration.scoreFunction ?? Self.scoreFunction(folder, json, file, labels: head.labels.count)
    encoder = try await Transformer(
      configuration: sizes, store: store, adapters: adapters, kernels: kernels, precision: configuration.precision,
      team: team)
  }

  /// The first architecture, by which sentence-transformers tells language models from classifiers.
  private static func architecture(_ json: JSON) -> String {
    json.optional("architectures")?.elements.first { _ in true }?.string ?? ""
  }

  /// Models of vectors have folders of the same layout and no scores.
  private static func refuseOtherModels(_ folder: ModelFolder) throws(EmbeddingError) {
    guard let json = try folder.json(settings) else { return }
    let type: String
    do { type = try json.string("model_type", default: "CrossEncoder") } catch {
      throw EmbeddingError(.malformed, error, subject: folder.file(settings).path)
    }
    guard type == "CrossEncoder" else {
      throw EmbeddingError(
        .unsupported, folder.file(settings).path, "model_type \"\(type)\" scores no pairs, only \"CrossEncoder\" does")
    }
  }

  /// What `modules.json` lists after the Transformer.
  private enum Tail {
    case nothing
    /// The module that makes scores of words.
    case words(ModelFolder)
    /// Pooling and the modules around it.
    case pooled(ArraySlice<ModuleEntry>)
  }

  /// The folder of the first module, and what follows it.
  private static func modules(_ folder: ModelFolder) throws(EmbeddingError) -> (ModelFolder, Tail) {
    guard folder.has("modules.json") else { return (folder, .nothing) }
    let entries = try ModuleList(folder).entries
    guard let first = entries.first, first.kind == .transformer else {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path, "the first module of a cross-encoder should be Transformer")
    }
    let (root, rest) = (try folder.module(first.path), entries.dropFirst())
    if rest.contains(where: { $0.kind == .pooling }) { return (root, .pooled(rest)) }
    let words = rest.first.flatMap { $0.kind == .logitScore ? $0 : nil }
    if let other = rest.dropFirst(words == nil ? 0 : 1).first {
      throw EmbeddingError(
        .unsupported, folder.file("modules.json").path,
        "a \(other.kind.rawValue) module is not supported in a cross-encoder, only its Transformer and after it "
          + "one LogitScore, or Pooling and Dense")
    }
    guard let words else { return (root, .nothing) }
    return (root, .words(try folder.module(words.path)))
  }

  /// The function that the folder names; where it names none, a sigmoid for one label and nothing for several.
  private static func scoreFunction(
    _ folder: ModelFolder, _ json: JSON, _ file: String, labels: Int
  ) throws(EmbeddingError) -> ScoreFunction {
    let saved = try folder.json(settings)
    do throws(JSONError) {
      for (place, key) in [
        (saved, "activation_fn"), (json.optional("sentence_transformers"), "activation_fn"),
        (json, "sbert_ce_default_activation_function"),
      ] {
        guard let place, let value = place.optional(key) else { continue }
        let name = try place.string(key)
        guard let function = ScoreFunction(classPath: name) else {
          throw value.error(.outOfRange, "\(key) \"\(name)\" is not supported")
        }
        return function
      }
    } catch {
      throw EmbeddingError(error.code == .outOfRange ? .unsupported : .malformed, error, subject: file)
    }
    return labels == 1 ? .sigmoid : .identity
  }
}

extension ModelFolder {
  /// Whether the tokenizer gives segments to its model; one that lists what it gives may leave them out.
  fileprivate func namesSegments() throws(EmbeddingError) -> Bool {
    guard let names = try json("tokenizer_config.json")?.optional("model_input_names") else { return true }
    do {
      return try names.expect(.array, "model_input_names").elements.contains { $0.string == "token_type_ids" }
    } catch { throw EmbeddingError(.malformed, error, subject: file("tokenizer_config.json").path) }
  }
}
