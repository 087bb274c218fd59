public import NeedletailIndex

/// What is decided when a collection is created and stays so.
public struct CollectionSettings: Sendable, Equatable {
  /// What "near" means for its vectors.
  public var metric = Metric.cosine
  /// What of a document is embedded, each by itself; at least one, all different.
  ///
  /// `text` is the document's text; any other name is a member of its metadata that holds a string, and documents
  /// without it have no vector there.
  public var fields = ["text"]
  /// Tokens after which a text is cut into chunks, each with a vector of its own; the model's limit by default, or 512
  /// where it has none.
  public var chunkTokens: Int?
  /// Vectors that wait in memory and are compared one by one before they are sealed into a segment; at least 1.
  public var segmentRows = 16_384
  /// Vectors from which on a segment gets a graph; smaller ones are compared one by one, which takes no longer.
  package var graphRows = 10_000
  /// How the program that creates the collection opens its model, in words of its own; kept, and never read here.
  public var opening: String?

  /// The defaults.
  public init() {}
}
