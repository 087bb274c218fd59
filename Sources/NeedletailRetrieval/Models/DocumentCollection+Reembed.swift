internal import GRDB
public import NeedletailEmbedding

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension DocumentCollection {
  /// Embeds all documents of a collection anew, with another model, and then puts those vectors in the place of the old.
  ///
  /// Until all is done the collection is what it was: others search it with the old model. Then one transaction changes
  /// vectors, index and model at once; who has it open is refused from then on, with code `.modelMismatch`, and opens it
  /// again. Whatever interrupts the work, the same call goes on where it was, also after documents were added, replaced or
  /// deleted meanwhile; a call with a third model begins anew, and one with the model that the collection has forgets
  /// what was begun. Nobody else writes while it works. Vectors of the caller's own are replaced, too; see
  /// `adapt(to:sample:opening:progress:)` for questions of another model without new vectors.
  ///
  /// - Parameters:
  ///   - url: The collection's folder.
  ///   - embedder: The new model; its vectors may have another number of values.
  ///   - opening: How the program opens it, in words of its own: the collection's ``CollectionSettings/opening`` then.
  ///   - progress: Called after each step with how many of the documents are embedded, on the disk.
  /// - Throws: ``RetrievalError``, before anything is embedded with code `.busy` where another process writes, and
  ///   `.request` where a document has a vector and no text; errors of the model; `CancellationError` between steps.
  public static func reembed(
    at url: URL, with embedder: Embedder, opening: String? = nil,
    progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil
  ) async throws {
    let collection = try await DocumentCollection(at: url, team: embedder.team)
    do {
      try await collection.reembed(with: embedder, opening: opening, progress: progress)
    } catch {
      try? await collection.close()
      throw error
    }
    try await collection.close()
  }

  private func reembed(
    with embedder: Embedder, opening: String?, progress: (@Sendable (Int, Int) -> Void)?
  ) async throws {
    let work = Reembedding(path: path, model: try embedder.modelIdentity(), dimension: embedder.dimension)
    guard work.model != frame.model else {
      try await database.write { try Reembedding.discard($0) }
      return
    }
    let (fields, path) = (settings.fields, path)
    try await database.read { try Reembedding.checkTexts($0, fields: fields, path: path) }
    try await database.write { try work.begin($0) }
    let total = try await count()
    while true {
      try Task.checkCancellation()
      let next = try await database.read { try work.next($0) }
      guard !next.isEmpty else { break }
      let chunks = try await embed(next.map(\.document), with: embedder)
      let numbers = next.map(\.number)
      let done = try await database.write { database in
        try work.store(numbers, chunks, database)
        return try Reembedding.progress(database) ?? 0
      }
      progress?(done, total)
    }
    try await install(work, opening: opening)
    try await database.shrink()
  }

  /// Makes the segments of the new vectors, and changes everything at once.
  private func install(_ work: Reembedding, opening: String?) async throws {
    let last = try await database.write { try work.clean($0) }
    let old = try await database.read { try SegmentRecord.all($0) }
    var made: [SegmentRecord] = []
    do {
      for field in settings.fields.indices where last > 0 {
        if let record = try await segment(work, field: field, last: last) { made.append(record) }
      }
      let segments = made
      try await database.write { try work.finish(segments, opening: opening, $0) }
    } catch {
      for record in made { removeFile(record) }
      guard let damage = error as? RetrievalError, damage.code == .damaged else { throw error }
      try await database.write { try Reembedding.discard($0) }
      throw RetrievalError(
        .damaged, path,
        "the new vectors were damaged on the disk and are thrown away; the old ones are used: begin again",
        cause: error)
    }
    for record in old { removeFile(record) }
  }

  private func segment(_ work: Reembedding, field: Int, last: Int) async throws -> SegmentRecord? {
    let frame = CollectionSnapshot.Frame(
      path: path, settings: settings, dimension: work.dimension, model: work.model, kernels: self.frame.kernels)
    let builder = SegmentBuilder(
      frame: frame, plan: SegmentPlan(field: field, replaced: [], numbers: 1...last), table: Reembedding.table)
    return try await make(builder).record
  }
}
