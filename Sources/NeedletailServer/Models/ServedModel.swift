#if Server
  internal import NeedletailEmbedding
  internal import NeedletailTokenizers

  /// A loaded model, by what it gives.
  enum ServedModel: Sendable {
    /// One vector a text.
    case dense(DenseModel)
    /// Scores of pairs.
    case pairs(PairScorer)
    /// Weights of words.
    case sparse(SparseEmbedder)
    /// A vector a token.
    case multiVector(MultiVectorEmbedder)

    var tokenizer: Tokenizer {
      switch self {
      case .dense(let model): model.embedder.tokenizer
      case .pairs(let model): model.model.tokenizer
      case .sparse(let model): model.tokenizer
      case .multiVector(let model): model.tokenizer
      }
    }

    /// Tokens of a text after which it is cut; `nil` where nothing limits it.
    var maximumLength: Int? {
      switch self {
      case .dense(let model): model.embedder.maximumLength
      case .pairs(let model): model.model.maximumLength
      case .sparse(let model): model.maximumLength
      case .multiVector: nil
      }
    }

    /// Whether special tokens are put around a text.
    var addsSpecialTokens: Bool {
      switch self {
      case .dense(let model): model.embedder.isDeep
      case .pairs, .sparse, .multiVector: true
      }
    }

    var prompts: Prompts {
      switch self {
      case .dense(let model): model.embedder.prompts
      case .pairs(let model): model.model.prompts
      case .sparse(let model): model.prompts
      case .multiVector(let model): model.prompts
      }
    }

    /// Features of a vector; `nil` for scores.
    var dimension: Int? {
      switch self {
      case .dense(let model): model.embedder.dimension
      case .pairs: nil
      case .sparse(let model): model.dimension
      case .multiVector(let model): model.dimension
      }
    }

    /// The names of scores; none for vectors.
    var labels: [String] {
      if case .pairs(let model) = self { model.model.labels } else { [] }
    }

    /// What was assumed about the folder.
    var warning: String? {
      switch self {
      case .dense(let model): model.embedder.warning
      case .pairs(let model): model.model.warning
      case .sparse(let model): model.warning
      case .multiVector: nil
      }
    }

    /// What waits for a batch.
    var waiting: (texts: Int, tokens: Int) {
      switch self {
      case .dense(let model): model.waiting
      case .pairs(let model): model.waiting
      case .sparse, .multiVector: (0, 0)
      }
    }

    /// What it gives, as `/v1/models` says it.
    var kind: ServedModelKind {
      switch self {
      case .dense: .dense
      case .pairs(let model): model.model.labels.count == 1 ? .crossEncoder : .classifier
      case .sparse: .sparse
      case .multiVector: .multiVector
      }
    }
  }

  /// What a model gives.
  public enum ServedModelKind: String, Sendable, CaseIterable {
    /// One vector a text.
    case dense
    /// Weights of words.
    case sparse
    /// A vector a token.
    case multiVector = "multi_vector"
    /// One score a pair.
    case crossEncoder = "cross_encoder"
    /// Several scores a text or pair.
    case classifier
  }
#endif
