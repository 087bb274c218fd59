/// What embedding spends its time on: for each part of the work the seconds, and the arithmetic done in them.
public struct Profile: Sendable {
  /// A part of the work.
  public enum Part: String, Sendable, CaseIterable {
    case tokenizing
    /// Looking up and adding the rows of words, positions and segments.
    case embeddings
    /// Rounding rows to bfloat16, or to int8 with a scale each.
    case rounding
    /// The product for query, key and value.
    case projection
    case attention
    /// The product after attention.
    case attentionOutput = "attention output"
    /// The feed-forward block's first product, with its activation.
    case up
    /// The activation and the gate of a gated feed-forward block.
    case gating
    /// The feed-forward block's second product.
    case down
    case normalization
    /// Pooling and the modules after it.
    case pooling
    /// Gathering batches and copying vectors to their places.
    case other

    /// Whether it is a product with weights.
    public var isProduct: Bool {
      switch self {
      case .projection, .attentionOutput, .up, .down: true
      default: false
      }
    }
  }

  /// What one part of the work took.
  public struct Entry: Sendable {
    /// Summed over threads.
    public var seconds = 0.0
    /// Multiplications and additions, those of products and of attention.
    public var operations = 0.0
    /// Bytes that must at least be read and written: each weight, input and result once for each batch.
    public var bytes = 0.0
  }

  /// What every part took.
  public private(set) var entries = [Part: Entry]()
  /// The part that is going on.
  private(set) var current: Part?
  private var since = ContinuousClock.now

  /// Nothing yet.
  public init() {}

  /// The sum over all parts.
  public var total: Entry { sum { _ in true } }

  /// The sum over the parts that are wanted.
  public func sum(_ isWanted: (Part) -> Bool) -> Entry {
    entries.reduce(into: Entry()) { sum, next in if isWanted(next.key) { sum.add(next.value) } }
  }

  /// Ends the part that is going on and begins another, or none.
  package mutating func begin(_ part: Part?) {
    let now = ContinuousClock.now
    if let current { entries[current, default: Entry()].seconds += (now - since) / .seconds(1) }
    (current, since) = (part, now)
  }

  /// Notes the work of the part that is going on.
  mutating func count(operations: Int, bytes: Int) {
    guard let current else { return }
    entries[current, default: Entry()].operations += Double(operations)
    entries[current, default: Entry()].bytes += Double(bytes)
  }

  /// Adds what was seen on another thread or in another batch.
  package mutating func add(_ other: Profile) {
    for (part, entry) in other.entries { entries[part, default: Entry()].add(entry) }
  }
}

extension Profile.Entry {
  fileprivate mutating func add(_ other: Profile.Entry) {
    seconds += other.seconds
    operations += other.operations
    bytes += other.bytes
  }
}
