/// How a text is encoded.
public struct EncodingOptions: Sendable, Equatable {
  /// Whether the special tokens of the post-processor are put around the text.
  public var addsSpecialTokens: Bool
  /// How long texts are cut; `nil` leaves them whole.
  ///
  /// What a `tokenizer.json` says about truncation and padding is
  /// not used: lengths belong to the caller.
  public var truncation: Truncation?
  /// How encodings are filled up to one length; `nil` leaves them as they are, and packing always does.
  public var padding: Padding?
  /// Where the chance of BPE dropout begins (Provilkov and others 2020, doi:10.18653/v1/2020.acl-main.170): with a seed,
  /// a model whose file names a `dropout` leaves out merges at random, the same ones for the same seed and text.
  ///
  /// Without a seed nothing is left out. The reference library differs: it leaves out other merges each time.
  public var dropoutSeed: UInt64?

  /// Options; by default special tokens are added, and nothing is cut, filled up or left to chance.
  public init(
    addsSpecialTokens: Bool = true, truncation: Truncation? = nil, padding: Padding? = nil, dropoutSeed: UInt64? = nil
  ) {
    self.addsSpecialTokens = addsSpecialTokens
    self.truncation = truncation
    self.padding = padding
    self.dropoutSeed = dropoutSeed
  }
}

/// How texts that are too long are cut.
public struct Truncation: Sendable, Equatable {
  /// The side that loses tokens.
  public enum Direction: String, Sendable, CaseIterable {
    case right, left
  }

  /// The text of a pair that loses tokens.
  public enum Strategy: String, Sendable, CaseIterable {
    /// The longer one, until both are equally long.
    case longestFirst = "longest_first"
    /// Only the first; an error where that cannot be enough.
    case onlyFirst = "only_first"
    /// Only the second; an error where that cannot be enough.
    case onlySecond = "only_second"
  }

  /// The most tokens an encoding may have, special tokens included.
  public var maximumLength: Int
  /// The side that loses tokens.
  public var direction: Direction
  /// The text of a pair that loses tokens.
  public var strategy: Strategy
  /// How many tokens neighbouring overflowing parts share; less than what `maximumLength` leaves for the text.
  public var stride: Int

  /// A limit on the number of tokens.
  public init(
    maximumLength: Int, direction: Direction = .right, strategy: Strategy = .longestFirst, stride: Int = 0
  ) {
    self.maximumLength = maximumLength
    self.direction = direction
    self.strategy = strategy
    self.stride = stride
  }
}
