package import NeedletailTensor

/// Documents that a program adds together.
package struct DocumentBatch: Sendable {
  /// The documents; of several with one id the last counts.
  package let documents: [Document]
  /// `[documents.count, dimension]`; `nil` where the collection's model makes them.
  package let vectors: Matrix?
  /// The field that the vectors are for; the collection's first by default.
  package let field: String?

  /// Creates a batch; see the properties.
  package init(_ documents: [Document], vectors: Matrix? = nil, field: String? = nil) {
    (self.documents, self.vectors, self.field) = (documents, vectors, field)
  }
}

/// Documents that are stored in one transaction.
struct AddStep: Sendable {
  /// No two have the same id.
  let documents: [StoredDocument]
  let own: OwnVectors?

  /// Whether a document of this step is in another one as well.
  func overlaps(_ other: Set<[UInt8]>) -> Bool { documents.contains { other.contains($0.id) } }
}

/// Vectors that the caller gives.
struct OwnVectors: Sendable {
  /// The position of their field in the collection's settings.
  let field: Int
  private let name: String
  private let vectors: Matrix
  /// The row of each id.
  private let rows: [[UInt8]: Int]

  /// - Throws: ``RetrievalError`` with code `.request` where they do not fit.
  init(_ vectors: Matrix, of documents: [Document], field: String, _ collection: DocumentCollection) throws {
    let dimension = collection.dimension
    guard vectors.rows == documents.count, vectors.columns == dimension else {
      throw RetrievalError(
        .request, "vectors",
        "are [\(vectors.rows), \(vectors.columns)]; \(documents.count) documents of this collection need "
          + "[\(documents.count), \(dimension)]")
    }
    self.field = try collection.position(of: field)
    for row in 0..<vectors.rows { try collection.checkVector(vectors[row: row], "vector \(row)") }
    (self.vectors, name) = (vectors, field)
    rows = Dictionary(documents.indices.map { (Array(documents[$0].id.utf8), $0) }) { $1 }
  }

  /// The vector of a document; `nil` for an id that is not among them.
  subscript(id: [UInt8]) -> [Float]? { rows[id].map { Array(vectors[row: $0]) } }

  /// The one chunk of a document.
  func chunks(of document: StoredDocument) -> [MadeChunk] {
    guard let vector = self[document.id] else { return [] }
    return [MadeChunk(field: field, range: 0..<(document.field(name)?.count ?? 0), vector: vector)]
  }
}
