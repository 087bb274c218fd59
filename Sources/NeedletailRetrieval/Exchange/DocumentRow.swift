/// A document as a file has it, with the vector that stands beside it.
public struct DocumentRow: Sendable {
  /// Id, text and metadata.
  public let document: Document
  /// The row's own vector, where it has one: finite or not, of any length.
  public let vector: [Float]?

  /// Puts a row together.
  public init(document: Document, vector: [Float]? = nil) {
    (self.document, self.vector) = (document, vector)
  }
}
