internal import GRDB
internal import NeedletailIndex

/// What a check of a whole collection found.
public struct Verification: Sendable {
  /// How many documents are sound.
  public let documents: Int
  /// What is not as it should be, each in one line; empty where all is well.
  public let problems: [String]
  /// Whether all is well.
  public var isSound: Bool { problems.isEmpty }
}

extension DocumentCollection {
  /// Reads everything and compares it with its checksums and with one another, in one state of the collection.
  ///
  /// Checked are: the structure of the database; every document; every chunk, its vector and its place in its document;
  /// every segment's bytes, and that it holds exactly the vectors that it should; maps of questions.
  ///
  /// - Throws: ``RetrievalError`` only where nothing can be read at all.
  /// - Complexity: O(bytes of the collection).
  public func verify() async throws -> Verification {
    for _ in 0..<3 {
      let (verifier, mayBeGone) = (CollectionVerifier(frame: frame), true)
      if let found = try await database.read({ try verifier.verify($0, mayBeGone: mayBeGone) }) { return found }
    }
    let verifier = CollectionVerifier(frame: frame)
    guard let found = try await database.read({ try verifier.verify($0, mayBeGone: false) }) else {
      throw RetrievalError(.unreadable, path, "changes its segments faster than they can be read; try again")
    }
    return found
  }
}

/// Compares everything that a collection holds.
struct CollectionVerifier: Sendable {
  let frame: CollectionSnapshot.Frame

  /// More problems than this are counted, not named.
  private static let shownProblems = 100

  /// - Returns: `nil` where a segment's file was replaced meanwhile.
  func verify(_ database: Database, mayBeGone: Bool) throws -> Verification? {
    try frame.checkModel(database)
    var problems = try structure(database)
    for case .failure(let error) in try QueryMap.all(database, dimension: frame.dimension, path: frame.path) {
      problems.append(error.message)
    }
    let state = try DatabaseState(database)
    let documents = try documents(database, &problems)
    if documents != state.documents {
      problems.append("the database has \(documents) sound documents where it counted \(state.documents)")
    }
    let chunks = try chunks(database, &problems)
    if chunks != state.chunks {
      problems.append("the database has \(chunks) sound chunks where it counted \(state.chunks)")
    }
    for record in try SegmentRecord.all(database) {
      do { try segment(record, database, &problems) } catch let error as IndexError {
        if error.code == .unreadable, mayBeGone { return nil }
        problems.append("segment \(error)")
      }
    }
    if problems.count > Self.shownProblems {
      let more = problems.count - Self.shownProblems
      problems = problems.prefix(Self.shownProblems) + ["and \(more) more problems"]
    }
    return Verification(documents: documents, problems: problems)
  }

  private func structure(_ database: Database) throws -> [String] {
    let lines = try Row.fetchAll(database, sql: "PRAGMA integrity_check").map { try $0.text(0) }
    return lines == ["ok"] ? [] : lines.map { "database: \($0)" }
  }

  /// Counts sound rows; the others become problems.
  private func count(
    _ database: Database, _ sql: String, _ problems: inout [String], _ check: (Row) throws -> Void
  ) throws -> Int {
    var count = 0
    let rows = try Row.fetchCursor(database, sql: sql)
    while let row = try rows.next() {
      try Task.checkCancellation()
      do {
        try check(row)
        count += 1
      } catch let error as RetrievalError {
        problems.append(error.message)
      }
    }
    return count
  }

  private func documents(_ database: Database, _ problems: inout [String]) throws -> Int {
    try count(database, "SELECT \(StoredDocument.columns) FROM documents", &problems) { row in
      let (_, document) = try StoredDocument.read(row, path: frame.path)
      _ = try document.document(path: frame.path)
    }
  }

  private func chunks(_ database: Database, _ problems: inout [String]) throws -> Int {
    let lone = try Int.fetchOne(
      database, sql: "SELECT count(*) FROM chunks WHERE document NOT IN (SELECT number FROM documents)")
    if let lone, lone > 0 { problems.append("\(lone) chunks belong to no document") }
    let sum = try count(database, "SELECT \(StoredChunk.columns) FROM chunks", &problems) { row in
      let chunk = try StoredChunk.read(row, dimension: frame.dimension, path: frame.path)
      guard frame.settings.fields.indices.contains(chunk.field), chunk.vector.allSatisfy(\.isFinite) else {
        throw RetrievalError(
          .damaged, frame.path, "chunk number \(chunk.number) has no field, or a vector that is not finite")
      }
    }
    return sum
  }

  private func segment(_ record: SegmentRecord, _ database: Database, _ problems: inout [String]) throws {
    let segment = try SealedSegment(
      record, folder: CollectionDatabase.segmentsPath(frame.path), dimension: frame.dimension,
      metric: frame.settings.metric, kernels: frame.kernels)
    try segment.file.verify()
    let removed = Set(
      try Int.fetchAll(
        database, sql: "SELECT chunk FROM removals WHERE field = ? AND chunk BETWEEN ? AND ?",
        arguments: [record.field, record.numbers.lowerBound, record.numbers.upperBound]))
    let rows = try Row.fetchCursor(
      database,
      sql: "SELECT \(StoredChunk.columns) FROM chunks WHERE number BETWEEN ? AND ? AND field = ? ORDER BY number",
      arguments: [record.numbers.lowerBound, record.numbers.upperBound, record.field])
    var position = 0
    while let row = try rows.next() {
      guard let chunk = try? StoredChunk.read(row, dimension: frame.dimension, path: frame.path) else { continue }
      while position < record.rows, segment.chunk(position) < chunk.number {
        check(removed, segment.chunk(position), record, &problems)
        position += 1
      }
      let isThere = position < record.rows && segment.chunk(position) == chunk.number
      let isSame = isThere && segment.document(position) == chunk.document && segment.vector(position) == chunk.vector
      if !isSame { problems.append("segment \(record.name) differs from the database in chunk \(chunk.number)") }
      if isThere { position += 1 }
    }
    for rest in position..<max(position, record.rows) { check(removed, segment.chunk(rest), record, &problems) }
  }

  /// What a segment has beyond the database must have been removed since.
  private func check(_ removed: Set<Int>, _ chunk: Int, _ record: SegmentRecord, _ problems: inout [String]) {
    if !removed.contains(chunk) {
      problems.append("segment \(record.name) has chunk \(chunk), which the database has not")
    }
  }
}
