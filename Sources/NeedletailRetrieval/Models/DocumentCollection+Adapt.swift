internal import GRDB
public import NeedletailEmbedding
internal import NeedletailIndex
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension DocumentCollection {
  /// Makes questions of another model find the documents, without new vectors for these.
  ///
  /// Texts of the collection are embedded by the other model as questions; an affine map from those vectors to the
  /// stored ones is fitted by ridge regression and stored with the collection. From then on the collection opens with
  /// the other model, too; see ``compensation``. A tenth of the documents is held out: their texts measure how much of what the
  /// collection's own vectors find is found by mapped ones. The figure is of texts like the documents; questions that are
  /// unlike them may fare worse. Embedding anew (``reembed(at:with:opening:progress:)``) loses nothing.
  ///
  /// - Parameters:
  ///   - other: The model that will embed questions.
  ///   - sample: How many texts to take; at least 10. More is better up to a few times the values of a vector.
  ///   - opening: How the program opens that model, in words of its own.
  ///   - progress: Called with how many texts are embedded, and then measured, of how many.
  /// - Returns: What was stored.
  /// - Throws: ``RetrievalError`` with code `.request` where the collection has fewer than 10 different texts, or where
  ///   its vectors are of that model; errors of the model; `CancellationError`. Nothing is stored then.
  @discardableResult
  public func adapt(
    to other: Embedder, sample: Int = 5000, opening: String? = nil,
    progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil
  ) async throws -> QueryCompensation {
    guard database.isWritable else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    guard sample >= TextSample.fewest else {
      throw RetrievalError(.request, "sample \(sample)", "must be at least \(TextSample.fewest)")
    }
    let identity = try other.modelIdentity()
    guard identity != frame.model else {
      throw RetrievalError(.request, path, "has vectors of this very model; questions need no map")
    }
    let (frame, path) = (frame, path)
    let texts = try await database.read { try TextSample($0, frame, size: sample) }
    guard texts.pieces.count >= TextSample.fewest else {
      throw RetrievalError(
        .request, path,
        "has \(texts.pieces.count) different texts with vectors, and a map needs \(TextSample.fewest); embed them anew")
    }
    let total = texts.pieces.count + texts.heldOut.count
    let vectors = try await other.embed(texts.pieces.map(\.text), as: .query) { progress?($0, total) }
    let map = try await fit(vectors, texts)
    let recall = try await measure(map, vectors, texts) { progress?(texts.pieces.count + $0, total) }
    let compensation = QueryCompensation(
      model: identity, opening: opening, pairs: texts.fitted.count + texts.trial.count,
      questions: texts.heldOut.count, recall: recall)
    let stored = QueryMap(compensation: compensation, map: map, fingerprint: try other.fingerprint(now: Date()))
    try await database.write { try stored.insert($0) }
    return compensation
  }

  /// Fits maps with several penalties, and takes the one that does best for texts which it was not fitted on.
  ///
  /// Where both models' vectors have as many values, the other model may be much the same one: then maps that are drawn
  /// towards leaving vectors as they are take part, too.
  private func fit(_ vectors: Matrix, _ texts: TextSample) async throws -> AffineMap {
    let (first, trial) = (pairs(texts.fitted, vectors, texts), pairs(texts.trial, vectors, texts))
    var best: (keeping: Bool, strength: Double, error: Double)?
    for keeping in vectors.columns == dimension ? [false, true] : [false] {
      let regression = try await RidgeRegression(from: first.x, to: first.y, keeping: keeping, on: team)
      for strength in Self.strengths {
        try Task.checkCancellation()
        guard let map = try await regression.map(strength: strength, on: team) else { continue }
        let error = (0..<trial.x.rows).reduce(0.0) { sum, row in
          zip(map.image(of: trial.x[row: row], frame.kernels), trial.y[row: row]).reduce(sum) {
            $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
          }
        }
        if best.map({ error < $0.error }) ?? error.isFinite { best = (keeping, strength, error) }
      }
    }
    let all = pairs(texts.fitted + texts.trial, vectors, texts)
    guard let best,
      let map = try await RidgeRegression(from: all.x, to: all.y, keeping: best.keeping, on: team)
        .map(strength: best.strength, on: team)
    else {
      throw RetrievalError(.request, path, "has vectors, or the model makes some, that no map can be fitted to")
    }
    return map
  }

  private func pairs(_ rows: [Int], _ vectors: Matrix, _ texts: TextSample) -> (x: Matrix, y: Matrix) {
    (
      Matrix(rows: rows.count, columns: vectors.columns, values: rows.flatMap { vectors[row: $0] }),
      Matrix(rows: rows.count, columns: dimension, values: rows.flatMap { texts.pieces[$0].vector })
    )
  }

  /// Penalties as parts of the mean eigenvalue of the vectors' squares.
  private static let strengths = [1e-4, 1e-3, 1e-2, 1e-1, 1]

  /// How much of what stored vectors find is found by mapped ones, the text's own document aside.
  private func measure(
    _ map: AffineMap, _ vectors: Matrix, _ texts: TextSample, progress: (Int) -> Void
  ) async throws -> Double {
    var (found, expected) = (0, 0)
    for (done, row) in texts.heldOut.enumerated() {
      let piece = texts.pieces[row]
      let true10 = try await nearest(to: piece.vector, piece)
      let mapped10 = try await nearest(to: map.image(of: vectors[row: row], frame.kernels), piece)
      expected += true10.count
      found += true10.intersection(mapped10).count
      progress(done + 1)
    }
    return expected > 0 ? Double(found) / Double(expected) : 0
  }

  /// The ids of the ten documents nearest to a vector in the field of a piece, without the piece's own.
  private func nearest(to vector: [Float], _ piece: TextSample.Piece) async throws -> Set<String> {
    let field = settings.fields[piece.field]
    let hits = try await search(vector: vector, limit: 11, field: field, effort: .exact).hits
    return Set(hits.lazy.map(\.document.id).filter { Array($0.utf8) != piece.document }.prefix(10))
  }
}
