internal import NeedletailTensor

/// The heads of one family of encoders, as data: what its architectures are called, and the rule of each head.
///
/// Adding a family means adding one value here and its fixtures.
struct HeadFamily: Sendable {
  /// The value of `model_type`.
  let modelType: String
  /// What the names of its architectures may begin with.
  let names: [String]
  let rules: [HeadTask: HeadRule]

  /// - Parameters:
  ///   - pooler: The name of the encoder's pooler, or `nil` where it has none.
  ///   - tokens: `nil` where there is no such architecture.
  ///   - questions: The same.
  private init(
    _ modelType: String, _ names: String..., pooler: String? = "pooler.dense", sequences: HeadRule,
    tokens: HeadRule? = .each("classifier"), questions: HeadRule? = .each("qa_outputs"), replaced: HeadRule? = nil
  ) {
    self.modelType = modelType
    self.names = names
    var rules: [HeadTask: HeadRule] = [.sequenceClassification: sequences]
    rules[.tokenClassification] = tokens
    rules[.questionAnswering] = questions
    rules[.replacedTokens] = replaced
    rules[.pooling] = pooler.map { HeadRule(tokens: .first, steps: [.pooler($0)]) }
    self.rules = rules
  }

  /// A decoder, whose classifier takes the last token.
  ///
  /// - Parameters:
  ///   - tagger: `nil` where there is none.
  ///   - padding: The padding id where the configuration names none.
  private init(decoder modelType: String, _ name: String, tagger: String? = "score", padding: Int? = nil) {
    self.init(
      modelType, name, pooler: nil,
      sequences: HeadRule(tokens: .last(usualPadding: padding), steps: [.outputs("score", hasBias: false)]),
      tokens: tagger.map { .each($0) }, questions: nil)
  }

  static let all = encoders + decoders

  private static let encoders = [
    HeadFamily("bert", "Bert", sequences: .pooled()),
    HeadFamily("roberta", "Roberta", sequences: .dense()),
    HeadFamily("xlm-roberta", "XLMRoberta", sequences: .dense()),
    HeadFamily("camembert", "Camembert", sequences: .dense()),
    HeadFamily(
      "distilbert", "DistilBert", pooler: nil,
      sequences: HeadRule(tokens: .first, steps: [.dense("pre_classifier", .always(.relu)), .outputs("classifier")])),
    HeadFamily("mpnet", "MPNet", sequences: .dense()),
    HeadFamily(
      "electra", "Electra", pooler: nil, sequences: .dense(.gelu),
      replaced: HeadRule(
        tokens: .each,
        steps: [
          .dense("discriminator_predictions.dense", .encoders), .outputs("discriminator_predictions.dense_prediction"),
        ])),
    HeadFamily("albert", "Albert", pooler: "pooler", sequences: .pooled("pooler")),
    HeadFamily("ernie", "Ernie", sequences: .pooled()),
    HeadFamily("megatron-bert", "MegatronBert", sequences: .pooled()),
    HeadFamily("roberta-prelayernorm", "RobertaPreLayerNorm", sequences: .dense()),
    HeadFamily("xlm-roberta-xl", "XLMRobertaXL", sequences: .dense()),
    HeadFamily(
      "modernbert", "ModernBert", pooler: nil,
      sequences: .normalized(.chosen(key: "classifier_pooling", usual: "cls", among: ["cls": .first, "mean": .mean])),
      tokens: .normalized(.each), questions: .normalized(.each)),
    HeadFamily("nomic_bert", "NomicBert", sequences: .pooled(), questions: nil),
    HeadFamily("gte", "Gte", sequences: .pooled(), questions: nil),
    HeadFamily("deberta", "Deberta", pooler: nil, sequences: .contextual),
    HeadFamily("deberta-v2", "DebertaV2", pooler: nil, sequences: .contextual),
    HeadFamily(
      "eurobert", "EuroBert", pooler: nil,
      sequences: HeadRule(
        tokens: .chosen(
          key: "classifier_pooling", usual: "late", among: ["bos": .first, "mean": .mean, "late": .meanOfOutputs]),
        steps: [.dense("dense", .always(.gelu)), .outputs("classifier")]),
      questions: nil),
    HeadFamily("jina_embeddings_v3", "JinaEmbeddingsV3", sequences: .dense()),
    HeadFamily(
      "ltgbert", "Norbert", "Ltgbert", "LtgBert", pooler: nil, sequences: .normalizedTwice(.first),
      tokens: .normalizedTwice(.each), questions: .normalizedTwice(.each)),
    HeadFamily("t5", "T5", pooler: nil, sequences: .decoded, questions: nil),
    HeadFamily("mt5", "MT5", pooler: nil, sequences: .decoded, questions: nil),
  ]

  private static let decoders = [
    HeadFamily(decoder: "llama", "Llama"),
    HeadFamily(decoder: "mistral", "Mistral"),
    HeadFamily(decoder: "qwen2", "Qwen2"),
    HeadFamily(decoder: "qwen3", "Qwen3"),
    HeadFamily(decoder: "gemma", "Gemma", padding: 0),
    HeadFamily(decoder: "gemma2", "Gemma2", padding: 0),
    HeadFamily(decoder: "gemma3_text", "Gemma3Text", tagger: nil, padding: 0),
    HeadFamily(decoder: "phi", "Phi"),
    HeadFamily(decoder: "phi3", "Phi3", padding: 32_000),
    HeadFamily(decoder: "gpt2", "GPT2", tagger: "classifier"),
    HeadFamily(decoder: "gpt_neox", "GPTNeoX", tagger: "classifier"),
    HeadFamily(decoder: "bloom", "Bloom", tagger: "classifier", padding: 3),
  ]
}

/// The steps from an encoder's states to a head's outputs, as data.
struct HeadRule: Sendable {
  /// The states that a head starts from.
  enum Tokens: Sendable {
    /// That of every token.
    case each
    /// That of a text's first token.
    case first
    /// The mean of a text's.
    case mean
    /// That of every token, and then the mean of a text's outputs.
    case meanOfOutputs
    /// That of a text's last token that is not the padding of the configuration, or of its first where all are.
    case last(usualPadding: Int?)
    /// The decoder's at a text's last token that ends one.
    case decoded
    /// What this key of the configuration names.
    case chosen(key: String, usual: String, among: [String: Tokens])
  }

  /// The function after a product.
  enum Function: Sendable {
    case always(Activation)
    /// That of the encoder's feed-forward blocks.
    case encoders
    /// The one that a key of the configuration names.
    case named(key: String, usual: String)
  }

  enum Step: Sendable {
    /// A product of as many features as it takes; `biasKey` is the key that says whether it has a bias, which others
    /// always have.
    case dense(String, Function, biasKey: String? = nil)
    /// A product and a tanh whose weights belong to the encoder.
    case pooler(String)
    /// A normalisation with the encoder's ε.
    case norm(String, biasKey: String)
    /// The same without weights.
    case plainNorm
    /// The product that gives the outputs.
    case outputs(String, hasBias: Bool = true)
  }

  let tokens: Tokens
  let steps: [Step]

  /// One product for every token.
  static func each(_ name: String) -> HeadRule { HeadRule(tokens: .each, steps: [.outputs(name)]) }

  /// BERT's: its pooler, and one product.
  static func pooled(_ pooler: String = "pooler.dense") -> HeadRule {
    HeadRule(tokens: .first, steps: [.pooler(pooler), .outputs("classifier")])
  }

  /// RoBERTa's: two products.
  static func dense(_ activation: Activation = .tanh) -> HeadRule {
    HeadRule(tokens: .first, steps: [.dense("classifier.dense", .always(activation)), .outputs("classifier.out_proj")])
  }

  /// T5's: two products on what its decoder gives.
  static let decoded = HeadRule(
    tokens: .decoded,
    steps: [.dense("classification_head.dense", .always(.tanh)), .outputs("classification_head.out_proj")])

  /// DeBERTa's: a product with a function that the configuration names, and another.
  static let contextual = HeadRule(
    tokens: .first,
    steps: [.dense("pooler.dense", .named(key: "pooler_hidden_act", usual: "gelu")), .outputs("classifier")])

  /// ModernBERT's: a normalisation between two products.
  static func normalized(_ tokens: Tokens) -> HeadRule {
    HeadRule(
      tokens: tokens,
      steps: [
        .dense("head.dense", .named(key: "classifier_activation", usual: "gelu"), biasKey: "classifier_bias"),
        .norm("head.norm", biasKey: "norm_bias"), .outputs("classifier"),
      ])
  }

  /// LTG-BERT's: two products, each of what was normalised.
  static func normalizedTwice(_ tokens: Tokens) -> HeadRule {
    HeadRule(
      tokens: tokens,
      steps: [
        .plainNorm, .dense("head.nonlinearity.1", .always(.gelu)), .plainNorm, .outputs("head.nonlinearity.5"),
      ])
  }
}
