internal import NeedletailEmbedding
public import NeedletailTensor

extension DocumentCollection {
  /// Adds documents, each in place of the one that has its id, and returns when they are on the disk.
  ///
  /// A document that is stored as it is stays untouched, so that the same batch again costs little and changes nothing;
  /// one whose metadata alone is new keeps its vectors. Of several documents with one id the last counts. Many
  /// documents are stored in steps: whatever interrupts them, those that `progress` acknowledged are there, whole, and
  /// giving the same documents again goes on where it was.
  ///
  /// - Parameters:
  ///   - documents: Any number; each has an id, and metadata that is an object.
  ///   - progress: Called after each step, from any thread, with how many of the documents are on the disk.
  /// - Returns: How many documents are on the disk: all of them.
  /// - Throws: ``RetrievalError``; errors of the model; `CancellationError` between steps.
  @discardableResult
  public func add(_ documents: [Document], progress: (@Sendable (Int) -> Void)? = nil) async throws -> Int {
    _ = try embedderForDocuments()
    return try await add(documents, own: nil, progress: progress)
  }

  /// Adds documents with vectors of the caller's own, one for each document.
  ///
  /// Else it does what ``add(_:progress:)`` does; a document that is stored with another vector gets the new one.
  ///
  /// - Parameters:
  ///   - documents: Any number.
  ///   - vectors: `[documents.count, dimension]`, finite.
  ///   - field: The field of the collection that the vectors are for.
  ///   - progress: Called after each step, from any thread, with how many of the documents are on the disk.
  /// - Returns: How many documents are on the disk: all of them.
  /// - Throws: ``RetrievalError``, with code `.request` where the vectors do not fit; nothing is stored then.
  @discardableResult
  public func add(
    _ documents: [Document], vectors: Matrix, field: String = "text", progress: (@Sendable (Int) -> Void)? = nil
  ) async throws -> Int {
    try await add(documents, own: try OwnVectors(vectors, of: documents, field: field, self), progress: progress)
  }

  /// Adds documents batch after batch, each in one transaction, while later ones are embedded.
  ///
  /// What went wrong with a batch, or with what gives them, is thrown when all before it are stored.
  ///
  /// - Parameters:
  ///   - ahead: How many batches are on their way while one is stored; none where asking for the next may wait for more
  ///     than reading a file.
  ///   - next: Gives the next batch, and `nil` after the last.
  ///   - stored: Called when a batch is on the disk, in the order in which they came.
  /// - Throws: ``RetrievalError``; errors of the model, of `next` and of `stored`; `CancellationError`.
  package func add(
    ahead: Int, next: () throws -> DocumentBatch?, stored: (DocumentBatch) throws -> Void
  ) async throws {
    var batches: [DocumentBatch] = []
    try await addSteps(ahead: ahead) {
      guard let batch = try next() else { return nil }
      let own = try batch.vectors.map {
        try OwnVectors($0, of: batch.documents, field: batch.field ?? settings.fields[0], self)
      }
      if own == nil { _ = try embedderForDocuments() }
      let step = AddStep(documents: try Self.last(batch.documents, in: batch.documents.indices), own: own)
      batches.append(batch)
      return step
    } stored: {
      try stored(batches.removeFirst())
    }
  }

  private func add(_ documents: [Document], own: OwnVectors?, progress: (@Sendable (Int) -> Void)?) async throws -> Int
  {
    let last = Self.places(documents)
    var (start, ends) = (0, [Int]())
    try await addSteps(ahead: Self.stepsAhead) {
      guard start < documents.count else { return nil }
      let end = Self.step(documents, from: start)
      let step = AddStep(documents: try Self.last(documents, in: start..<end, last), own: own)
      start = end
      ends.append(end)
      return step
    } stored: {
      progress?(ends.removeFirst())
    }
    return documents.count
  }

  /// One is stored, one ends its embedding, one begins it.
  package static let stepsAhead = 2

  /// Where each id stands last.
  private static func places(_ documents: [Document]) -> [[UInt8]: Int] {
    Dictionary(documents.indices.map { (Array(documents[$0].id.utf8), $0) }) { $1 }
  }

  /// Some of the documents without those that have the id of a later one.
  private static func last(
    _ documents: [Document], in range: Range<Int>, _ places: [[UInt8]: Int]? = nil
  ) throws -> [StoredDocument] {
    let places = places ?? Self.places(documents)
    return try range.filter { places[Array(documents[$0].id.utf8)] == $0 }.map { try StoredDocument(documents[$0]) }
  }

  /// Where a step ends: a step is embedded in a few seconds and stored in one transaction.
  private static func step(_ documents: [Document], from start: Int) -> Int {
    var (end, bytes) = (start, 0)
    while end < documents.count, end - start < 1024, bytes < 1 << 20 {
      bytes += documents[end].text.utf8.count
      end += 1
    }
    return end
  }

  /// The model that makes vectors of documents.
  func embedderForDocuments() throws -> Embedder {
    guard let embedder else {
      throw RetrievalError(.request, path, "was opened without a model; open it with one, or give the vectors as well")
    }
    guard compensation == nil else {
      throw RetrievalError(
        .modelMismatch, path,
        "is searched with another model than its own; add documents with its own, or embed it anew")
    }
    return embedder
  }

  // MARK: Checks

  /// The position of a field in the settings.
  func position(of field: String) throws(RetrievalError) -> Int {
    guard let position = settings.fields.firstIndex(of: field) else {
      throw RetrievalError(.request, "field \"\(field)\"", "is none of the collection's: \(settings.fields)")
    }
    return position
  }

  func checkVector(_ vector: ArraySlice<Float>, _ subject: String) throws(RetrievalError) {
    guard vector.count == dimension else {
      throw RetrievalError(.request, subject, "has \(vector.count) values; the collection's have \(dimension)")
    }
    let square = vector.reduce(Float(0)) { $0 + $1 * $1 }
    guard square.isFinite else {
      throw RetrievalError(.request, subject, "holds a value that is not finite, or values too large to square")
    }
  }
}
