internal import NeedletailTensor

/// What tells one family of transformers from another, as data: the names of its configuration keys and of its weights,
/// and the rules that its layers follow.
///
/// Adding a family means adding one value in `Families` and a fixture for its test.
struct TransformerFamily: Sendable {
  /// How tokens learn where they stand.
  enum Positions: Sendable {
    /// A row of a table for each of 0, 1, 2, …
    case fromZero
    /// Rows padding id + 1, + 2, …; a token that is itself the padding token gets the padding id and is not counted.
    case afterPadding
    /// 0, 1, 2, …, as rotations of queries and keys and not as rows of a table.
    case rotary
    /// By a bias of attention that falls with the distance.
    case linearBias
    /// By a learned bias of attention alone.
    case learnedBias
  }

  /// The value of `model_type`.
  let modelType: String
  /// The value of `position_embedding_type`, by which families of one model type are told apart.
  var positionType = "absolute"
  /// What the names of its architectures begin with, where they tell the family and `model_type` does not.
  var classes: [String] = []
  /// Prefixes that checkpoints put before every name, the empty one aside.
  let prefixes: [String]
  let positions: Positions
  /// Whether a token sees only those before it, unless the configuration says otherwise.
  var isCausal = false
  /// The padding id that positions count from, whatever the configuration says; `nil` for the configuration's.
  var paddingID: Int?
  /// Where a layer normalises.
  var order = TransformerLayer.Order.normalizedAfter
  /// Whether the first layer normalises what it takes.
  var normalizesFirst = true
  /// By what rows are normalised.
  var norm = Normalization.Kind.layer
  /// Whether checkpoints store the factors of normalisations less 1.
  var normsCountFromOne = false
  /// Whether the rows of words are multiplied with √hiddenSize.
  var scalesWords = false
  /// What attention scores are multiplied with; `nil` for 1/√headDimension.
  var scoreScale: Float?
  /// Whether embeddings are normalised after they have the size of the states, and their product has no bias.
  var normalizesProjected = false
  /// The release of DeBERTa whose attention looks at positions as well; `nil` for other families.
  var disentangled: DisentangledRule.Release?
  /// Whether tokens look at learned latents after the last layer, as NV-Embed's.
  var hasLatents = false
  /// Whether the feed-forward block's first product gives what is activated and what gates it.
  var isGated = false
  /// Which layers see a window, and which positions they turn by.
  var layerPattern = LayerPattern.uniform
  /// The base of rotary positions where the configuration names none.
  var rotaryBase = 10_000.0
  /// The part of a head's features that turn where the configuration names none.
  var rotaryPart = 1.0
  /// How long the texts of the training were where the configuration does not say so beside the scaling of positions.
  var originalPositions: Int?
  var biases = Biases()
  /// Whether a configuration may say that there are no segments.
  var allowsNoSegments = false
  let configuration: ConfigurationKeys
  let weights: WeightNames
  /// What other checkpoints call the same weights.
  var otherWeights: WeightNames?

  /// Which products and normalisations have biases where no key of the configuration says so.
  struct Biases: Sendable {
    /// Of the product that gives queries, keys and values.
    var projection = true
    var attentionOutput = true
    var up = true
    var down = true
    var norm = true

    static let none = Biases(projection: false, attentionOutput: false, up: false, down: false, norm: false)
  }

  /// The keys of `config.json` that hold the sizes.
  struct ConfigurationKeys: Sendable {
    /// The object inside `config.json` that holds the others; `nil` for the whole.
    var within: String?
    var hiddenSize = "hidden_size"
    var layers = "num_hidden_layers"
    var heads = "num_attention_heads"
    /// `nil` where there are as many keys and values as queries.
    var keyValueHeads: String?
    /// `nil` where a head has its share of the hidden size.
    var headDimension: String?
    /// Features of a head where the configuration names none; 0 for its share of the hidden size.
    var usualHeadDimension = 0
    var intermediateSize = "intermediate_size"
    /// How many times the hidden size it is where the configuration names none; 0 where it has to.
    var usualIntermediateFactor = 0
    var maximumPositions = "max_position_embeddings"
    /// Positions where the configuration names none; 0 where it has to.
    var usualPositions = 0
    /// `nil` where the family fixes the activation.
    var activation: String? = "hidden_act"
    /// The activation of a configuration that names none.
    var usualActivation = "gelu"
    /// What a configuration calls one activation where it means another.
    var meantActivations: [String: String] = [:]
    /// Features of the word table where they may be fewer than the states'; `nil` where they never are.
    var embeddingSize: String?
    /// Features of the word table where the configuration names none; 0 for the hidden size.
    var usualEmbeddingSize = 128
    /// Whether there is a table of positions, true where the key is missing; `nil` where the family says so.
    var positionTable: String?
    /// How many layers of their own weights there are, each used several times; `nil` where every layer has its own.
    var layerGroups: String?
    /// A configuration with another value than 1 here has layers that are not built.
    var layersPerGroup: String?
    /// `nil` where the family fixes ε.
    var epsilon: String? = "layer_norm_eps"
    /// ε where the configuration names none.
    var usualEpsilon = 1e-12
    /// The keys that say whether products and normalisations have biases; `nil` where ``TransformerFamily/biases`` does.
    var attentionBias: String?
    var feedForwardBias: String?
    var normBias: String?
    /// `nil` where the family has no segments.
    var segments: String? = "type_vocab_size"
    var usualSegments = 2
    /// `nil` where attention has no relative bias.
    var relativeBuckets: String?
    /// The distance from which on all share a bucket, 128 where the configuration names none.
    var relativeDistance: String?
    /// The number whose root attention scores are divided by; `nil` for the features of a head.
    var scoreDivisor: String?
    /// What bounds attention scores.
    var scoreCap: String?
    /// What bounds the logits of words.
    var logitCap: String?
    /// Whether queries and keys are normalised; `nil` where they are if there are weights for it.
    var normalizesQueries: String?
    /// Whether attention and feed-forward block take the same states, true where the key is missing.
    var parallel: String?
    /// Whether tokens see those after them as well.
    var bidirectional: String?
    /// How many experts there are, how many a token takes, and each how many layers have them; `nil` where none do.
    var experts: (count: String, taken: String, every: String)?
    /// Flags that ask for something that is not built, each refused where it is true.
    var refused: [String] = []
    /// Whether the words' rows are the weights of the head that gives logits, where no key says so.
    var usuallyTied = true
  }

  /// How the product of query, key and value is stored.
  enum ProjectionLayout: Sendable {
    /// All queries, then all keys, then all values; in one weight, in two with queries and keys in the first, or in three.
    case stacked
    /// Query, key and value of the first head, then those of the next.
    case byHead
  }

  /// The names of the weights; those of a layer follow `layer` and the layer's number.
  struct WeightNames: Sendable {
    var words = "embeddings.word_embeddings.weight"
    var positions = "embeddings.position_embeddings.weight"
    var segments = "embeddings.token_type_embeddings.weight"
    /// A row that every token gets, the first of a table, where the configuration says so under `use_task_id`.
    var tasks: String?
    /// `nil` where the sum of the embeddings is not normalised.
    var embeddingNorm: String? = "embeddings.LayerNorm"
    /// The product that takes embeddings to states where the two differ in size.
    var embeddingProjection = ""
    var layer = "encoder.layer."
    /// What follows a layer's number.
    var afterLayer = "."
    /// Query, key and value, or all in one.
    var projection = ["attention.self.query", "attention.self.key", "attention.self.value"]
    var projectionLayout = ProjectionLayout.stacked
    /// The biases of query, key and value, `nil` for zeros, where they are stored apart.
    var projectionBiases: [String?] = []
    /// The table of positions that disentangled attention looks at, and its normalisation.
    var distances = "encoder.rel_embeddings.weight"
    var distancesNorm = "encoder.LayerNorm"
    /// How the product of query and key is laid out for the rows of that table, where it takes them as well.
    var distancesLayout = ProjectionLayout.stacked
    /// What takes the table of positions to the keys that queries meet, and to the queries that keys meet.
    var positionKey = ""
    var positionQuery = ""
    /// Whether the first of these has a bias.
    var positionKeyHasBias = true
    var queryNorm: String?
    var keyNorm: String?
    /// Whether each of these is of all heads side by side.
    var normalizesHeadsTogether = false
    var attentionOutput = "attention.output.dense"
    var attentionNorm = "attention.output.LayerNorm"
    /// Of what attention gives, before it is added; `nil` where there is none.
    var attentionSumNorm: String?
    /// Whether that takes the sum with the residual, to which the residual is then added again.
    var attentionSumHasResidual = false
    /// The feed-forward block's first product; that of a gate may be two, what is activated first.
    var up = ["intermediate.dense"]
    /// Those of a family whose configuration decides whether there is a gate.
    var gatedUp: [String] = []
    /// Whether one product for both has the gate first.
    var isGateFirst = false
    /// Of what the gate lets through, or `nil`.
    var gatedNorm: String?
    var down = "output.dense"
    /// `nil` where the feed-forward block takes what attention takes.
    var outputNorm: String? = "output.LayerNorm"
    /// Of what the feed-forward block gives, before it is added; `nil` where there is none.
    var outputSumNorm: String?
    /// The normalisation after the last layer, or `nil`.
    var finalNorm: String?
    /// What the names of normalisations end in that have no weights.
    var normsWithoutWeights: [String] = []
    var relativeBias = "encoder.relative_attention_bias.weight"
    /// Whether products are stored with a row for each feature that goes in.
    var isTransposed = false
    /// The product that gives logits of words, or `nil`; without the prefix.
    var head: String?
    /// Where a token takes some of several feed-forward blocks: what chooses them, and all of them in one weight each.
    var router = "mlp.router.layer"
    var expertsUp = "mlp.experts.mlp.w1"
    var expertsDown = "mlp.experts.mlp.w2"
    var expertsBias = "mlp.experts.bias"
  }

  static let all =
    [
      bert, roberta, xlmRoberta, camembert, distilBERT, mpnet, electra, albert, ernie, bertGeneration, megatronBERT,
      robertaPreLayerNorm, xlmRobertaXL, modernBERT, nomicBERT, nomicBERTBefore, gte, jinaBERT, jinaEmbeddingsV3,
      euroBERT, nvEmbed, t5, mt5, clipText, clip, deberta, debertaV2, ltgBERT, ltgBERTByHead,
    ] + decoders

  /// Those that are trained to tell the next token.
  static let decoders = [
    llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3, phi, phi3, gpt2, gptNeoX, bloom,
  ]
}
