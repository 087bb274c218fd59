/// What tells the masked-language heads of the families apart, as data: a product with an activation, a normalisation,
/// and the product with the vocabulary.
///
/// The names have no prefix: a checkpoint with a head puts its prefix before the encoder's names only.
struct MaskedLanguageFamily: Sendable {
  /// Where the activation is said.
  enum ActivationRule: Sendable {
    /// The exact GELU, whatever the encoder's is.
    case gelu
    /// The encoder's.
    case encoder
    /// Under this key of `config.json`; the exact GELU where it is missing.
    case key(String)
  }

  let modelTypes: [String]
  /// The value of `legacy`, true where it is missing, by which heads of one model type are told apart.
  var isLegacy: Bool?
  /// `nil` where states go to the vocabulary as they are.
  let dense: String?
  /// The names that the normalisation has in checkpoints of different age; none where there is no normalisation.
  let norm: [String]
  /// Whether what either product takes is normalised without weights.
  var normalizesPlainly = false
  let decoder: String
  /// Whether the decoder is the word table, whatever the configuration says.
  var isAlwaysTied = false
  /// The decoder's bias, where checkpoints hold it under a name of its own.
  var decoderBias: String?
  let activation: ActivationRule
  /// The key that says whether the first product has a bias, with what holds where it is missing; else it has one.
  var denseBias: (key: String, usual: Bool)?
  /// The same for the decoder.
  var decoderHasBias: (key: String, usual: Bool)?

  static let all = [bert, nomicBERT, roberta, gte, distilBERT, electra, albert, modernBERT, deberta, euroBERT, ltgBERT]

  private static let bert = MaskedLanguageFamily(
    modelTypes: ["bert", "ernie", "megatron-bert", "deberta", "deberta-v2"], dense: "cls.predictions.transform.dense",
    norm: ["cls.predictions.transform.LayerNorm"], decoder: "cls.predictions.decoder",
    decoderBias: "cls.predictions.bias", activation: .key("hidden_act"))

  private static let nomicBERT = MaskedLanguageFamily(
    modelTypes: ["nomic_bert"], dense: "cls.predictions.transform.dense",
    norm: ["cls.predictions.transform.layer_norm"], decoder: "cls.predictions.decoder",
    decoderBias: "cls.predictions.bias", activation: .encoder)

  private static let roberta = MaskedLanguageFamily(
    modelTypes: [
      "roberta", "xlm-roberta", "camembert", "mpnet", "roberta-prelayernorm", "xlm-roberta-xl", "jina_embeddings_v3",
    ],
    dense: "lm_head.dense", norm: ["lm_head.layer_norm"], decoder: "lm_head.decoder", decoderBias: "lm_head.bias",
    activation: .gelu)

  private static let gte = MaskedLanguageFamily(
    modelTypes: ["gte"], dense: "lm_head.dense", norm: ["lm_head.layer_norm", "lm_head.norm"],
    decoder: "lm_head.decoder", activation: .gelu)

  private static let distilBERT = MaskedLanguageFamily(
    modelTypes: ["distilbert"], dense: "vocab_transform", norm: ["vocab_layer_norm"], decoder: "vocab_projector",
    activation: .encoder)

  /// The generator's head; the discriminator's says nothing about words.
  private static let electra = MaskedLanguageFamily(
    modelTypes: ["electra"], dense: "generator_predictions.dense", norm: ["generator_predictions.LayerNorm"],
    decoder: "generator_lm_head", activation: .gelu)

  private static let albert = MaskedLanguageFamily(
    modelTypes: ["albert"], dense: "predictions.dense", norm: ["predictions.LayerNorm"],
    decoder: "predictions.decoder", decoderBias: "predictions.bias", activation: .encoder)

  private static let modernBERT = MaskedLanguageFamily(
    modelTypes: ["modernbert"], dense: "head.dense", norm: ["head.norm"], decoder: "decoder",
    activation: .key("classifier_activation"), denseBias: ("classifier_bias", false),
    decoderHasBias: ("decoder_bias", true))

  /// DeBERTa's own; transformers read BERT's before, and does so where `legacy` is not false.
  private static let deberta = MaskedLanguageFamily(
    modelTypes: ["deberta", "deberta-v2"], isLegacy: false, dense: "lm_predictions.lm_head.dense",
    norm: ["lm_predictions.lm_head.LayerNorm"], decoder: "lm_predictions.lm_head.decoder", isAlwaysTied: true,
    decoderBias: "lm_predictions.lm_head.bias", activation: .encoder)

  private static let euroBERT = MaskedLanguageFamily(
    modelTypes: ["eurobert"], dense: nil, norm: [], decoder: "lm_head", activation: .encoder,
    decoderHasBias: ("mlp_bias", false))

  /// The published code of NorBERT 3 takes 107 ids out of what it gives; they keep their logits here.
  private static let ltgBERT = MaskedLanguageFamily(
    modelTypes: ["ltgbert"], dense: "classifier.nonlinearity.1", norm: [], normalizesPlainly: true,
    decoder: "classifier.nonlinearity.5", isAlwaysTied: true, activation: .gelu)
}
