internal import NeedletailTensor

extension Embedder {
  /// The vectors of texts that are too many to hold, in their order.
  ///
  /// Texts are taken from `texts` some thousand at a time; memory follows that number, not the length of the sequence.
  ///
  ///     for try await vector in embedder.vectors(of: lines, as: .document) { … }
  ///
  /// - Parameters:
  ///   - texts: Any asynchronous sequence of texts, such as the lines of a file.
  ///   - role: What they are for.
  ///   - batch: How many texts are taken at a time; at least 1.
  /// - Returns: One vector a text, shape `[dimension]`.
  public func vectors<Texts: AsyncSequence>(
    of texts: Texts, as role: TextRole = .plain, batch: Int = 4096
  ) -> EmbeddingSequence<Texts> where Texts.Element == String {
    precondition(batch > 0, "a batch has texts")
    return EmbeddingSequence(embedder: self, texts: texts, role: role, batch: batch)
  }
}

/// The vectors of a sequence of texts; see ``Embedder/vectors(of:as:batch:)``.
public struct EmbeddingSequence<Texts: AsyncSequence>: AsyncSequence where Texts.Element == String {
  /// One vector, shape `[dimension]`.
  public typealias Element = [Float]

  let embedder: Embedder
  let texts: Texts
  let role: TextRole
  let batch: Int

  /// Begins with the first text.
  public func makeAsyncIterator() -> Iterator {
    Iterator(embedder: embedder, texts: texts.makeAsyncIterator(), role: role, batch: batch)
  }

  /// Goes through the vectors.
  public struct Iterator: AsyncIteratorProtocol {
    let embedder: Embedder
    var texts: Texts.AsyncIterator
    let role: TextRole
    let batch: Int
    private var vectors = Matrix(rows: 0, columns: 0)
    private var row = 0

    init(embedder: Embedder, texts: Texts.AsyncIterator, role: TextRole, batch: Int) {
      (self.embedder, self.texts, self.role, self.batch) = (embedder, texts, role, batch)
    }

    /// The vector of the next text, or `nil` after the last.
    ///
    /// - Throws: What the sequence of texts throws, and what ``Embedder/embed(_:as:progress:)-([String],_,_)`` throws.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> [Float]? {
      if row == vectors.rows {
        var taken: [String] = []
        while taken.count < batch, let text = try await texts.next(isolation: actor) { taken.append(text) }
        guard !taken.isEmpty else { return nil }
        vectors = try await embedder.embed(taken, as: role)
        row = 0
      }
      defer { row += 1 }
      return Array(vectors[row: row])
    }
  }
}
