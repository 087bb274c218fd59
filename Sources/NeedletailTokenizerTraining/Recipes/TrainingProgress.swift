/// How far a training is.
///
/// It is given to a closure now and then; where the closure throws, the training ends with that error.
public struct TrainingProgress: Sendable, Hashable {
  /// What is being done; more phases may be added.
  public struct Phase: Sendable, Hashable, CustomStringConvertible {
    /// The phase in words, for a display.
    public let description: String

    init(_ description: String) { self.description = description }

    /// Texts are read, normalized and split; counted in bytes of text, of an unknown number.
    public static let counting = Phase("Counting words")
    /// The most frequent pairs are merged; counted in tokens of the vocabulary.
    public static let merging = Phase("Merging pairs")
    /// Repeated stretches of a Unigram training are looked for; one step.
    public static let seeding = Phase("Finding candidates")
    /// Candidates of a Unigram training are dropped round by round; counted in those that are gone.
    public static let pruning = Phase("Dropping candidates")
  }

  /// What is being done.
  public let phase: Phase
  /// How much of it is done.
  public let done: Int
  /// How much there is, where it is known.
  public let total: Int?

  init(_ phase: Phase, done: Int, total: Int? = nil) {
    self.phase = phase
    self.done = done
    self.total = total
  }
}

/// Told how far a training is; what it throws ends the training.
public typealias TrainingObserver = (TrainingProgress) throws -> Void
