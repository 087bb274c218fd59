/// A document that a search found.
public struct DocumentHit: Sendable {
  /// The document, whole.
  public let document: Document
  /// How near it is, in the terms of the collection's metric; of several fields the weighted sum.
  public let score: Float
  /// The field whose chunk was nearest.
  public let field: String
  /// Where the nearest chunk stands in the field, in bytes of UTF-8.
  public let range: Range<Int>

  /// The same hit with another score.
  package func scored(_ score: Float) -> DocumentHit {
    DocumentHit(document: document, score: score, field: field, range: range)
  }
}

/// What a search found and how.
public struct SearchResult: Sendable {
  /// The nearest documents, best first, each once.
  public let hits: [DocumentHit]
  /// How the search went, in words, for people to read.
  public let plan: String
}
