public import NeedletailTensor

/// How a ``CrossEncoder`` works; the defaults are what the model's folder says.
public struct CrossEncoderConfiguration: Sendable {
  /// The prompt before the first text of every pair, or what the system says before it where pairs go through a chat
  /// template; by default the one that the folder calls its default.
  public var prompt = PromptChoice.role
  /// Tokens of a pair, special ones included, after which the longer text of it is cut, or a conversation; at most the model's own limit,
  /// and that by default.
  public var maximumLength: Int?
  /// What an encoder-decoder is asked about a pair; that of monoT5 by default.
  ///
  /// It is ``PairQuestion/monoT5`` for T5 and ``PairQuestion/monoMT5`` for mT5. Other models are asked nothing, and
  /// refuse it.
  public var question: PairQuestion?
  /// What makes scores of logits; the model's own by default.
  public var scoreFunction: ScoreFunction?
  /// About how many tokens a thread computes at a time: the memory it needs grows with it, the results stay the same.
  public var batchTokens = 512
  /// The arithmetic; the fastest of this processor by default.
  public var kernels: Kernels?
  /// What the encoder's matrix products multiply; the head's are float32 always.
  public var precision = Precision.float32
  /// Changes of the model's weights, those of its head among them, added in their order.
  public var adapters: [AdapterChoice] = []

  /// The defaults.
  public init() {}
}
