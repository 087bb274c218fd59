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
    guard let embedder else {
      throw RetrievalError(.request, path, "was opened without a model; open it with one, or give the vectors as well")
    }
    guard compensation == nil else {
      throw RetrievalError(
        .modelMismatch, path,
        "is searched with another model than its own; add documents with its own, or embed it anew")
    }
    return try await add(documents, progress: progress) { [self] prepared in
      try await embed(prepared, with: embedder)
    }
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
    guard vectors.rows == documents.count, vectors.columns == dimension else {
      throw RetrievalError(
        .request, "vectors",
        "are [\(vectors.rows), \(vectors.columns)]; \(documents.count) documents of this collection need "
          + "[\(documents.count), \(dimension)]")
    }
    let position = try position(of: field)
    for row in 0..<vectors.rows { try checkVector(vectors[row: row], "vector \(row)") }
    let rows = Dictionary(documents.indices.map { (Array(documents[$0].id.utf8), $0) }) { $1 }
    return try await add(documents, own: (position, vectors, rows), progress: progress) { prepared in
      prepared.map { document in
        let row = rows[document.id] ?? 0
        let end = document.field(field)?.count ?? 0
        return [MadeChunk(field: position, range: 0..<end, vector: Array(vectors[row: row]))]
      }
    }
  }

  // MARK: Steps

  /// Vectors of the caller: the field's position, the vectors, and the row of each id.
  private typealias OwnVectors = (field: Int, vectors: Matrix, rows: [[UInt8]: Int])

  private func add(
    _ documents: [Document], own: OwnVectors? = nil, progress: (@Sendable (Int) -> Void)?,
    chunks: @Sendable ([StoredDocument]) async throws -> [[MadeChunk]]
  ) async throws -> Int {
    guard database.isWritable else {
      throw RetrievalError(.readOnly, path, "is open for reading only; open it for writing")
    }
    var last: [[UInt8]: Int] = [:]
    for (index, document) in documents.enumerated() { last[Array(document.id.utf8)] = index }
    var start = 0
    while start < documents.count {
      try Task.checkCancellation()
      let end = Self.step(documents, from: start)
      let step = try (start..<end).filter { last[Array(documents[$0].id.utf8)] == $0 }.map {
        try StoredDocument(documents[$0])
      }
      try await store(step, own: own, chunks: chunks)
      start = end
      progress?(start)
    }
    return documents.count
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

  private func store(
    _ documents: [StoredDocument], own: OwnVectors?,
    chunks: @Sendable ([StoredDocument]) async throws -> [[MadeChunk]]
  ) async throws {
    var waiting = documents
    // A document that another task changes between reading and writing is looked at again.
    while !waiting.isEmpty {
      let prepared = try await prepare(waiting, own: own, chunks: chunks)
      guard !prepared.isEmpty else { return }
      let (path, dimension) = (path, dimension)
      waiting = try await database.write { database in
        let table = DocumentTable(database: database, path: path, dimension: dimension)
        return try prepared.filter { try !Self.store($0, table) }.map(\.document)
      }
    }
    sealIfDue()
  }

  /// Documents that are not stored as they are, with their vectors or where those are.
  private func prepare(
    _ documents: [StoredDocument], own: OwnVectors?,
    chunks: @Sendable ([StoredDocument]) async throws -> [[MadeChunk]]
  ) async throws -> [PreparedDocument] {
    let (path, dimension, fields) = (path, dimension, settings.fields)
    let found = try await database.read { database in
      let table = DocumentTable(database: database, path: path, dimension: dimension)
      return try documents.map { document in
        guard let (number, stored) = try table.find(document.id) else { return Found.nothing }
        if let own, let row = own.rows[document.id] {
          let vector = try table.chunks(of: number).first { $0.field == own.field }?.vector
          guard vector == Array(own.vectors[row: row]) else { return .nothing }
        }
        if stored == document { return .same }
        let isAlike = fields.allSatisfy { stored.field($0) == document.field($0) }
        return isAlike ? .sameTexts(number) : .nothing
      }
    }
    let new = zip(documents, found).filter { $1 == .nothing }.map(\.0)
    var made = new.isEmpty ? [][...] : try await chunks(new)[...]
    return zip(documents, found).compactMap { document, found in
      switch found {
      case .same: nil
      case .sameTexts(let number): PreparedDocument(document: document, chunks: .kept(of: number))
      case .nothing: PreparedDocument(document: document, chunks: .made(made.removeFirst()))
      }
    }
  }

  /// What is stored of a document.
  private enum Found: Sendable, Equatable {
    case same, nothing
    /// Another version, by its number, whose fields hold the same texts.
    case sameTexts(Int)
  }

  /// Stores a document; says no where the version whose vectors it keeps is gone.
  private static func store(_ prepared: PreparedDocument, _ table: DocumentTable) throws -> Bool {
    let old = try table.find(prepared.document.id)?.number
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
