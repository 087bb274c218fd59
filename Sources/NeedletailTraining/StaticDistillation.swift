package import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Makes a static model from a transformer: one vector a token, so that a text is embedded by a mean.
///
/// Token states are averaged over their occurrences in a corpus, weighted by rarity (Arora, Liang and Ma 2017, "A
/// simple but tough-to-beat baseline for sentence embeddings") and projected on the principal axes of sentence vectors.
/// Axes of whole sentences, unlike axes of tokens, describe what the model will be used on. Beyond Model2Vec (Tulkens
/// and van Dongen 2024, doi:10.5281/zenodo.17270888), which sees each token alone, tokens are seen in context.
///
/// The result is the same bytes for any number of threads. Memory is O(vocabulary · hidden size), whatever the corpus.
public struct StaticDistillation: Sendable {
  /// What can be chosen.
  public struct Options: Sendable, Equatable {
    /// Features of the static vectors; at most the teacher's hidden size.
    public var dimensions = 256
    /// The constant a of the weight a / (a + p), p being a token's relative frequency; larger weighs more evenly.
    ///
    /// By default 0.01 with a corpus, where context has weakened frequent tokens already, and 0.001 without.
    public var rarity: Double?
    /// How many occurrences the state of a token standing alone counts for.
    public var aloneWeight = 1.0
    /// Axes are divided by variance to the power of half this; 0 keeps the teacher's proportions, 1 makes all alike.
    public var whitening = 0.25
    /// Tokens of a sentence that the teacher sees, special ones not counted.
    public var maximumLength = 126

    /// The defaults, chosen on the development set of STS-B.
    public init() {}
  }

  /// How a table's numbers are stored.
  public enum Precision: String, Sendable, CaseIterable {
    /// What Python's sentence-transformers opens, too.
    case float32 = "f32"
    /// A byte a number and a scale a row: a quarter of the size.
    case int8
  }

  /// What is being done, for a progress display.
  public enum Stage: Sendable, Equatable {
    /// Tokens go through the teacher alone: how many of all.
    case tokens(done: Int, of: Int)
    /// Sentences go through the teacher: how many so far.
    case sentences(Int)
    /// Sentence vectors are computed: how many so far.
    case axes(Int)
  }

  /// What was chosen.
  public let options: Options

  /// Checks the options.
  ///
  /// - Throws: ``TrainingError`` with code `.option`.
  public init(options: Options = .init()) throws(TrainingError) {
    guard options.dimensions >= 1 else { throw TrainingError(.option, "dimensions", "should be at least 1") }
    guard options.rarity.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw TrainingError(.option, "rarity", "should be a positive number")
    }
    guard options.aloneWeight > 0, options.aloneWeight.isFinite else {
      throw TrainingError(.option, "alone weight", "should be a positive number")
    }
    guard (0...1).contains(options.whitening) else {
      throw TrainingError(.option, "whitening", "should be between 0 and 1")
    }
    guard options.maximumLength >= 1 else { throw TrainingError(.option, "maximum length", "should be at least 1") }
    self.options = options
  }

  /// Distills.
  ///
  /// Without a corpus, frequencies follow Zipf's law in the order of the vocabulary, and axes are those of sentences of
  /// independent tokens. A corpus is better, for text like it.
  ///
  /// - Returns: `[vocabulary, dimensions]`.
  /// - Throws: ``TrainingError``, or what the teacher throws; `CancellationError` soon after the task is cancelled.
  package func table(
    teacher: StaticTeacher, corpus: TextCorpus?, team: ComputeTeam, progress: ((Stage) -> Void)? = nil
  ) async throws -> Matrix {
    var states = TokenStates(vocabulary: teacher.tokenizer.vocabularySize)
    try await states.addAlone(teacher, weight: options.aloneWeight, progress: progress)
    guard options.dimensions <= states.width else {
      throw TrainingError(
        .option, "dimensions \(options.dimensions)", "the teacher's token states have \(states.width) features")
    }
    if let corpus {
      try await states.add(corpus, teacher, maximumLength: options.maximumLength, progress: progress)
      guard states.occurrences > 0 else { throw TrainingError(.empty, "corpus", "holds no text") }
    }
    let frequencies = corpus == nil ? VocabularyFrequencies(teacher.tokenizer).values : states.frequencies
    let rarity = rarity(hasCorpus: corpus != nil)
    let rows = states.means(weights: frequencies.map { Float(rarity / (rarity + $0)) })
    var moments = SentenceMoments(width: rows.columns)
    if let corpus {
      try await moments.add(corpus, teacher.tokenizer, rows: rows, team: team, progress: progress)
    } else {
      try await moments.add(rows: rows, frequencies: frequencies, team: team)
    }
    let projection = try Self.projection(moments, options)
    return try await projection.apply(to: rows, team: team)
  }

  /// The constant a of the token weights.
  func rarity(hasCorpus: Bool) -> Double { options.rarity ?? (hasCorpus ? 0.01 : 0.001) }

  private static func projection(_ moments: SentenceMoments, _ options: Options) throws -> Projection {
    let width = moments.width
    guard let axes = SymmetricEigendecomposition(of: moments.covariance, order: width), (axes.values.first ?? 0) > 0
    else { throw TrainingError(.empty, "corpus", "its sentences do not differ, so no axes can be taken from them") }
    // Axes along which nothing varies are not blown up.
    let floor = axes.values[0] * 1e-9
    var columns: [Double] = []
    for index in 0..<options.dimensions {
      let scale = pow(max(axes.values[index], floor), -options.whitening / 2)
      columns.append(contentsOf: axes.vector(index).map { $0 * scale })
    }
    return Projection(width: width, dimensions: options.dimensions, axes: columns)
  }
}
