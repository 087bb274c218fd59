internal import NeedletailJSON

/// A part of a checkpoint that was trained for a task and that embedding does not use.
public struct ModelHead: Sendable, Equatable {
  /// What it was trained for.
  public enum Kind: String, Sendable, CaseIterable {
    case pooler
    case maskedLanguageModel = "masked language model"
    case languageModel = "language model"
    case nextSentence = "next sentence"
    case sentenceOrder = "sentence order"
    case replacedTokens = "replaced tokens"
    case classifier
    case tokenClassifier = "token classifier"
    case questionAnswering = "question answering"
  }

  /// What it was trained for.
  public let kind: Kind
  /// How many numbers it has of its own; a table that it shares with the embeddings is not counted.
  public let parameters: Int
  /// The labels of a classifier, in their order.
  public let labels: [String]

  /// The heads of a checkpoint, in the order of ``Kind``.
  ///
  /// - Parameters:
  ///   - tensors: Those that the encoder does not use.
  ///   - config: `config.json`.
  static func heads(_ tensors: [(name: String, count: Int)], _ config: JSON?) -> [ModelHead] {
    let architectures = config?.optional("architectures")?.elements.compactMap(\.string) ?? []
    var counts: [Kind: Int] = [:]
    for (name, count) in tensors {
      if let kind = kind(of: name, architectures) { counts[kind, default: 0] += count }
    }
    // The only weight of such a head may be the table of words.
    let languages = ["ForCausalLM", "LMHeadModel", "ForConditionalGeneration"]
    if architectures.contains(where: { name in languages.contains { name.hasSuffix($0) } }) {
      counts[.languageModel, default: 0] += 0
    }
    return Kind.allCases.compactMap { kind in
      counts[kind].map { count in
        let isClassifier = kind == .classifier || kind == .tokenClassifier
        return ModelHead(kind: kind, parameters: count, labels: isClassifier ? labels(config) : [])
      }
    }
  }

  private static func kind(of name: String, _ architectures: [String]) -> Kind? {
    func isFor(_ task: String) -> Bool { architectures.contains { $0.hasSuffix(task) } }
    let parts = name.split(separator: ".")
    // What T5 has after its encoder.
    if isFor("ForConditionalGeneration"), parts.first == "decoder" || parts.first == "lm_head" { return .languageModel }
    if isFor("ForSequenceClassification"), parts.starts(with: ["transformer", "decoder"]) { return .classifier }
    if parts.contains("pooler") { return .pooler }
    switch parts.first {
    case "cls": return parts.dropFirst().first == "seq_relationship" ? .nextSentence : .maskedLanguageModel
    case "lm_head", "embed_out", "generator_lm_head", "generator_predictions", "vocab_transform", "vocab_layer_norm",
      "vocab_projector":
      return isFor("ForCausalLM") || isFor("LMHeadModel") ? .languageModel : .maskedLanguageModel
    case "predictions", "lm_predictions", "mask_predictions": return .maskedLanguageModel
    case "sop_classifier": return .sentenceOrder
    case "discriminator_predictions": return .replacedTokens
    case "qa_outputs": return .questionAnswering
    case "classifier", "pre_classifier", "score", "classification_head":
      // LTG-BERT calls its masked-language head so, and its others "head".
      if parts.dropFirst().first == "nonlinearity" { return .maskedLanguageModel }
      return isFor("ForTokenClassification") ? .tokenClassifier : .classifier
    case "dense": return isFor("ForSequenceClassification") ? .classifier : nil
    case "head", "decoder":
      if isFor("ForMaskedLM") { return .maskedLanguageModel }
      if isFor("ForTokenClassification") { return .tokenClassifier }
      if isFor("ForQuestionAnswering") { return .questionAnswering }
      return isFor("ForSequenceClassification") ? .classifier : nil
    default: return nil
    }
  }

  private static func labels(_ config: JSON?) -> [String] {
    let labels = config?.optional("id2label")?.members.map { key, value in
      (number: Int(String(decoding: key, as: UTF8.self)) ?? .max, name: value.string ?? "")
    }
    return (labels ?? []).sorted { $0.number < $1.number }.map(\.name)
  }
}
