internal import NeedletailTensor
internal import NeedletailTokenizers
internal import Synchronization

/// How a text is continued.
public struct GenerationSettings: Sendable {
  /// New tokens at most.
  public var maximumTokens: Int
  /// Tokens that end the text.
  public var stops: Set<Int32>
  /// How tokens are drawn; `nil` for always the likeliest.
  public var sampling: Sampling?

  /// Creates settings; see the properties.
  public init(maximumTokens: Int = 128, stops: Set<Int32> = [], sampling: Sampling? = nil) {
    self.maximumTokens = maximumTokens
    self.stops = stops
    self.sampling = sampling
  }

  /// Drawing the next token by its probability.
  public struct Sampling: Sendable {
    /// What logits are divided by, over 0.
    public var temperature: Float
    /// Only so many of the likeliest tokens; 0 for all.
    public var top: Int
    /// Only the likeliest tokens that together have this probability (Holtzman and others 2020, arXiv:1904.09751).
    public var nucleus: Float
    /// The same seed draws the same tokens.
    public var seed: UInt64

    /// Creates a rule; see the properties.
    public init(temperature: Float = 1, top: Int = 0, nucleus: Float = 1, seed: UInt64 = 0) {
      self.temperature = temperature
      self.top = top
      self.nucleus = nucleus
      self.seed = seed
    }
  }
}

/// One text while it is continued.
struct GenerationRun {
  private let model: LanguageModel
  private let workspace: Workspace
  private let caches: [KeyValueCache]
  private let sampling: GenerationSettings.Sampling?
  private var tokens: [Int32]
  private var random: SplitMix64
  private(set) var generated: [Int32] = []

  init(model: LanguageModel, workspace: Workspace, prompt: [Int32], settings: GenerationSettings) {
    self.model = model
    self.workspace = workspace
    caches = model.transformer.caches()
    sampling = settings.sampling
    tokens = prompt
    random = SplitMix64(seed: settings.sampling?.seed ?? 0)
  }

  /// Chooses the next token.
  mutating func step(_ adjust: ((_ tokens: [Int32], _ logits: inout [Float]) -> Void)?) -> Int32 {
    if model.transformer.needsNewKeys(before: caches.first?.count ?? 0, length: tokens.count) {
      for cache in caches { cache.truncate(to: 0) }
    }
    var logits = workspace.scoped {
      var rows = PackedTokens()
      rows.append(ids: tokens[(caches.first?.count ?? tokens.count - 1)...])
      let states = model.transformer.forward(rows, caches: caches, in: workspace) { _, _ in }
      let last = states.rows(states.rows - 1..<states.rows)
      return workspace.values(of: model.logits(last, in: workspace))
    }
    adjust?(tokens, &logits)
    let token = sampling.map { Probabilities.draw(logits, $0, random.nextPart()) } ?? Probabilities.likeliest(logits)
    tokens.append(Int32(token))
    generated.append(Int32(token))
    return Int32(token)
  }
}

/// Where a run's tokens are handed over.
final class GenerationResult: Sendable {
  private let result = Mutex<[Int32]>([])
  var tokens: [Int32] { result.withLock { $0 } }
  func set(_ tokens: [Int32]) { result.withLock { $0 = tokens } }
}
