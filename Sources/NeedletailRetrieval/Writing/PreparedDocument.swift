/// A document on its way into the database.
struct PreparedDocument: Sendable {
  let document: StoredDocument
  let chunks: Chunks

  enum Chunks: Sendable {
    /// New vectors.
    case made([MadeChunk])
    /// Those of a version of the document that has the same texts, by its number.
    case kept(of: Int)
  }
}

/// A piece of a document with its new vector.
struct MadeChunk: Sendable {
  let field: Int
  let range: Range<Int>
  let vector: [Float]
}

/// A step whose documents are ready to be stored, or why they are not.
struct PreparedStep: Sendable {
  let number: Int
  let documents: Result<[PreparedDocument], any Error>
}
