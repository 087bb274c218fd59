public import NeedletailEmbedding

/// How fast many texts become vectors, tokenizing included.
public struct EncodingSpeed: Sendable {
  /// How many texts there are.
  public let texts: Int
  /// How many tokens they have, special ones included.
  public let tokens: Int
  /// What each round took, seconds.
  public let seconds: [Double]

  /// Texts a second in the best round.
  public var textsPerSecond: Double { Double(texts) / (seconds.min() ?? .infinity) }
  /// Tokens a second in the best round.
  public var tokensPerSecond: Double { Double(tokens) / (seconds.min() ?? .infinity) }

  /// Embeds all texts once untimed, then `rounds` times.
  ///
  /// - Parameters:
  ///   - texts: What is embedded.
  ///   - embedder: What embeds it.
  ///   - rounds: How many are timed.
  ///   - progress: Called with the number of texts embedded so far, over all rounds.
  /// - Throws: What the embedder throws.
  public init(
    _ texts: [String], _ embedder: Embedder, rounds: Int, progress: (@Sendable (Int) -> Void)? = nil
  ) async throws {
    var seconds: [Double] = []
    for round in 0...rounds {
      let start = ContinuousClock.now
      _ = try await embedder.embed(texts) { progress?(round * texts.count + $0) }
      if round > 0 { seconds.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    self.texts = texts.count
    self.tokens = try await embedder.tokenCounts(texts).reduce(0, +)
    self.seconds = seconds
  }
}

/// How long single texts take to become vectors, one after another, tokenizing included.
public struct QueryLatency: Sendable {
  /// What each call took, seconds, the shortest first.
  public let seconds: [Double]

  /// Twelve tokens for a BERT vocabulary, the two special ones included.
  public static let question = "how do swifts sleep while they are flying?"

  /// Embeds the texts in turn, each alone; the first tenth of the calls is not counted.
  ///
  /// - Parameters:
  ///   - texts: At least one.
  ///   - embedder: What embeds them.
  ///   - calls: How many are timed; at least one.
  /// - Throws: What the embedder throws.
  public init(_ texts: [String], _ embedder: Embedder, calls: Int) async throws {
    precondition(!texts.isEmpty && calls > 0, "there is something to time")
    let warmUp = calls / 10 + 1
    var seconds: [Double] = []
    seconds.reserveCapacity(calls)
    for call in 0..<warmUp + calls {
      let start = ContinuousClock.now
      _ = try await embedder.embed(texts[call % texts.count], as: .query)
      if call >= warmUp { seconds.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    self.seconds = seconds.sorted()
  }

  /// The time within which this many of a hundred calls are done.
  ///
  /// - Parameter percent: 0 to 100.
  public func percentile(_ percent: Int) -> Double { seconds[min(seconds.count * percent / 100, seconds.count - 1)] }
}
