internal import NeedletailTensor

/// The heads of one family of encoders, as data: what its architectures are called, and the rule of each head.
///
/// Adding a family means adding one value here and its fixtures.
struct HeadFamily: Sendable {
  /// The value of `model_type`.
  let modelType: String
  /// What the names of its architectures begin with.
  let name: String
  let rules: [HeadTask: HeadRule]

  /// - Parameters:
  ///   - pooler: The name of the encoder's pooler, or `nil` where it has none.
  ///   - questions: `nil` where there is no such architecture.
  private init(
    _ modelType: String, _ name: String, pooler: String? = "pooler.dense", sequences: HeadRule,
    tokens: HeadRule = .each("classifier"), questions: HeadRule? = .each("qa_outputs"), replaced: HeadRule? = nil
  ) {
    self.modelType = modelType
    self.name = name
    var rules: [HeadTask: HeadRule] = [.sequenceClassification: sequences, .tokenClassification: tokens]
    rules[.questionAnswering] = questions
    rules[.replacedTokens] = replaced
    rules[.pooling] = pooler.map { HeadRule(tokens: .first, steps: [.pooler($0)]) }
    self.rules = rules
  }

  static let all = [
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
      "modernbert", "ModernBert", pooler: nil, sequences: .normalized(.chosen(key: "classifier_pooling")),
      tokens: .normalized(.each), questions: .normalized(.each)),
    HeadFamily("nomic_bert", "NomicBert", sequences: .pooled(), questions: nil),
    HeadFamily("gte", "Gte", sequences: .pooled(), questions: nil),
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
    /// The first or the mean, as this key of the configuration says: "cls", which is usual, or "mean".
    case chosen(key: String)
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
    /// The product that gives the outputs.
    case outputs(String)
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

  /// ModernBERT's: a normalisation between two products.
  static func normalized(_ tokens: Tokens) -> HeadRule {
    HeadRule(
      tokens: tokens,
      steps: [
        .dense("head.dense", .named(key: "classifier_activation", usual: "gelu"), biasKey: "classifier_bias"),
        .norm("head.norm", biasKey: "norm_bias"), .outputs("classifier"),
      ])
  }
}
