internal import NeedletailEmbedding
internal import NeedletailTensor

extension DocumentCollection {
  /// Stores steps in their order, each while those after it are prepared.
  ///
  /// - Parameters:
  ///   - ahead: How many steps are prepared while one is stored.
  ///   - next: Gives the next step, and `nil` after the last; asked before earlier ones are stored.
  ///   - stored: Called when the first step that was not yet is on the disk.
  func addSteps(ahead: Int, next: () throws -> AddStep?, stored: () throws -> Void) async throws {
    guard database.isWritable else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    try await withThrowingTaskGroup(of: PreparedStep.self) { group in
      var (begun, done) = (0, 0)
      var underWay: [Int: AddStep] = [:]
      var prepared: [Int: PreparedStep] = [:]
      var waiting: AddStep?
      var end: Result<Void, any Error>?
      while true {
        try Task.checkCancellation()
        while end == nil, underWay.count <= ahead {
          do {
            guard let step = try waiting ?? next() else {
              end = .success(())
              break
            }
            // What is found of a document before an earlier step changes it would be wrong.
            waiting = step
            let ids = Set(step.documents.map(\.id))
            if underWay.values.contains(where: { $0.overlaps(ids) }) { break }
            waiting = nil
            let number = begun
            underWay[number] = step
            begun += 1
            group.addTask {
              do {
                let documents = try await self.prepare(step.documents, own: step.own)
                return PreparedStep(number: number, documents: .success(documents))
              } catch {
                return PreparedStep(number: number, documents: .failure(error))
              }
            }
          } catch {
            end = .failure(error)
          }
        }
        guard let step = underWay[done] else { return try end?.get() ?? () }
        while prepared[done] == nil, let step = try await group.next() { prepared[step.number] = step }
        guard let result = prepared.removeValue(forKey: done) else { preconditionFailure("each step is prepared") }
        try await store(try result.documents.get(), of: step)
        underWay[done] = nil
        done += 1
        try stored()
      }
    }
  }

  private func store(_ prepared: [PreparedDocument], of step: AddStep) async throws {
    let (path, dimension) = (path, dimension)
    var prepared = prepared
    while !prepared.isEmpty {
      let ready = prepared
      let (again, unsealed) = try await database.write { database in
        let table = DocumentTable(database: database, path: path, dimension: dimension)
        let again = try ready.filter { try !Self.store($0, table) }.map(\.document)
        return (again, try table.unsealed())
      }
      sealIfDue()
      await waitForSealing(unsealed)
      // A document that another task changed between reading and writing is looked at again.
      prepared = again.isEmpty ? [] : try await prepare(again, own: step.own)
    }
  }

  /// Stores a document; says no where the version whose vectors it keeps is gone.
  private static func store(_ prepared: PreparedDocument, _ table: DocumentTable) throws -> Bool {
    let old = try table.number(of: prepared.document.id)
    let chunks: [MadeChunk]
    switch prepared.chunks {
    case .made(let made): chunks = made
    case .kept(let number):
      guard old == number else { return false }
      chunks = try table.chunks(of: number).map { MadeChunk(field: $0.field, range: $0.range, vector: $0.vector) }
    }
    if let old { try table.remove(old) }
    try table.insert(prepared.document, chunks)
    return true
  }

  // MARK: Preparing

  /// What is stored of a document.
  private enum Found: Sendable, Equatable {
    case same, nothing
    /// Another version, by its number, whose fields hold the same texts.
    case sameTexts(Int)
  }

  /// Documents that are not stored as they are, with their vectors or where those are.
  private func prepare(_ documents: [StoredDocument], own: OwnVectors?) async throws -> [PreparedDocument] {
    let (path, dimension, fields) = (path, dimension, settings.fields)
    let found = try await database.read { database in
      let table = DocumentTable(database: database, path: path, dimension: dimension)
      return try documents.map { document in
        guard let (number, stored) = try table.find(document.id) else { return Found.nothing }
        if let own, let vector = own[document.id] {
          let known = try table.chunks(of: number).first { $0.field == own.field }?.vector
          guard vector == known else { return .nothing }
        }
        if stored == document { return .same }
        let isAlike = fields.allSatisfy { stored.field($0) == document.field($0) }
        return isAlike ? .sameTexts(number) : .nothing
      }
    }
    let new = zip(documents, found).filter { $1 == .nothing }.map(\.0)
    var made = new.isEmpty ? [][...] : try await chunks(of: new, own)[...]
    return zip(documents, found).compactMap { document, found in
      switch found {
      case .same: nil
      case .sameTexts(let number): PreparedDocument(document: document, chunks: .kept(of: number))
      case .nothing: PreparedDocument(document: document, chunks: .made(made.removeFirst()))
      }
    }
  }

  private func chunks(of documents: [StoredDocument], _ own: OwnVectors?) async throws -> [[MadeChunk]] {
    if let own { return documents.map { own.chunks(of: $0) } }
    return try await embed(documents, with: try embedderForDocuments())
  }

  /// The chunks of documents with their vectors.
  func embed(_ documents: [StoredDocument], with embedder: Embedder) async throws -> [[MadeChunk]] {
    let cutter = try TextCutter(embedder, limit: settings.chunkTokens)
    let fields = documents.enumerated().flatMap { index, document in
      settings.fields.enumerated().compactMap { position, name in
        document.field(name).map { (document: index, field: position, bytes: $0) }
      }
    }
    let ranges = try await cutter.chunks(of: fields.map(\.bytes))
    let places = zip(fields, ranges).flatMap { field, ranges in ranges.map { (field, $0) } }
    let texts = places.map { field, range in String(decoding: field.bytes[range], as: UTF8.self) }
    let vectors = try await embedder.embed(texts, as: .document)
    var chunks = [[MadeChunk]](repeating: [], count: documents.count)
    for (row, (field, range)) in places.enumerated() {
      chunks[field.document].append(MadeChunk(field: field.field, range: range, vector: Array(vectors[row: row])))
    }
    return chunks
  }
}
