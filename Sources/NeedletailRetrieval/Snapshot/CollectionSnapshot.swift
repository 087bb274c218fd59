internal import GRDB
internal import NeedletailIndex
internal import NeedletailTensor

/// What can be searched of a collection at one moment: a value that is brought up to date step by step.
struct CollectionSnapshot: Sendable {
  /// What does not change while a collection is open.
  struct Frame: Sendable {
    let path: String
    let settings: CollectionSettings
    let dimension: Int
    /// The identity of the model of the vectors.
    let model: String?
    let kernels: Kernels

    /// Refuses to read a collection that has got vectors of another model since it was opened.
    func checkModel(_ database: Database) throws {
      guard try StoredSettings.get("model", database) == model else {
        throw RetrievalError(
          .modelMismatch, path, "has got vectors of another model meanwhile; open it again, with that model")
      }
    }
  }

  /// A segment's file is not there: the segment was replaced since the transaction began, or the file is lost.
  struct SegmentGone: Error {}

  /// Segments are to be opened first, which takes longer than a transaction should.
  struct SegmentsToOpen: Error {
    let records: [SegmentRecord]
  }

  private let frame: Frame
  private(set) var fields: [FieldSnapshot]
  /// The state of the database that this one is of.
  private(set) var state = DatabaseState()
  /// What is wrong with segments that are not read; their chunks are in memory.
  private(set) var damage: [String] = []
  private var lastChunk = 0
  private var lastRemoval = 0

  /// The names of the fields.
  var names: [String] { frame.settings.fields }

  init(_ frame: Frame) {
    self.frame = frame
    let field = FieldSnapshot(
      dimension: frame.dimension, metric: frame.settings.metric, kernels: frame.kernels)
    fields = [FieldSnapshot](repeating: field, count: frame.settings.fields.count)
  }

  /// This snapshot brought up to the state that `database` reads.
  ///
  /// - Parameter mayBeGone: Whether to throw ``SegmentGone`` for a missing file, and ``SegmentsToOpen`` for one that
  ///   is not open; else it is opened here, and the chunks of a missing one are read from the database.
  func updated(_ database: Database, shelf: SegmentShelf, mayBeGone: Bool) throws -> CollectionSnapshot {
    let state = try DatabaseState(database)
    if state == self.state { return self }
    // A transaction that began earlier may come here later; what it reads says nothing of what came since.
    let isBefore = self.state.epoch <= state.epoch && self.state.change <= state.change
    if isBefore, state.epoch == self.state.epoch, self.state.change > 0 {
      var next = self
      try next.addChunks(database, numbers: (lastChunk + 1)...Int.max)
      try next.finish(database, state)
      return try next.checked()
    }
    let none = fields.map { _ in [TailBlock]() }
    let known = isBefore ? fields.map(\.tail) : none
    let next = try renewed(database, state, shelf: shelf, mayBeGone: mayBeGone, known: known)
    if next.count == state.chunks { return next }
    // Removals that no segment needs are forgotten: chunks that are known may be gone.
    return try renewed(database, state, shelf: shelf, mayBeGone: mayBeGone, known: none).checked()
  }

  private func renewed(
    _ database: Database, _ state: DatabaseState, shelf: SegmentShelf, mayBeGone: Bool, known: [[TailBlock]]
  ) throws -> CollectionSnapshot {
    var next = CollectionSnapshot(frame)
    try next.addSegments(database, shelf: shelf, mayBeGone: mayBeGone, known: known)
    try next.finish(database, state)
    return next
  }

  private mutating func finish(_ database: Database, _ state: DatabaseState) throws {
    try removeChunks(database)
    self.state = state
  }

  /// How many chunks may be found.
  private var count: Int { fields.reduce(0) { $0 + $1.count } }

  private func checked() throws(RetrievalError) -> CollectionSnapshot {
    guard count == state.chunks else {
      throw RetrievalError(
        .damaged, frame.path, "holds \(count) chunks where it counted \(state.chunks); restore it from a backup")
    }
    return self
  }

  /// Opens the segments, and reads what no segment holds into memory.
  ///
  /// - Parameter known: Of each field the chunks that an earlier snapshot has in memory: rows never change.
  private mutating func addSegments(
    _ database: Database, shelf: SegmentShelf, mayBeGone: Bool, known: [[TailBlock]]
  ) throws {
    let all = try SegmentRecord.all(database)
    let closed = all.filter { !shelf.knows($0) }
    if mayBeGone, !closed.isEmpty { throw SegmentsToOpen(records: closed) }
    let records = Dictionary(grouping: all, by: \.field)
    shelf.keep(Set(all))
    for index in fields.indices {
      var sound: [SegmentRecord] = []
      for record in records[index] ?? [] {
        switch shelf.segment(record, mayBeGone: mayBeGone) {
        case .success(let segment):
          sound.append(record)
          fields[index].append(segment)
        case .failure(let error):
          if error.code == .unreadable, mayBeGone { throw SegmentGone() }
          damage.append("\(error)")
        }
      }
      for gap in SegmentRecord.gaps(sound) {
        var next = gap.lowerBound
        for block in known[index] where gap.upperBound == .max {
          guard let range = block.range, range.lowerBound >= next else { continue }
          if range.lowerBound > next {
            try addChunks(database, numbers: next...(range.lowerBound - 1), field: index)
          }
          fields[index].append(block)
          next = range.upperBound + 1
        }
        try addChunks(database, numbers: next...gap.upperBound, field: index)
      }
    }
    // Chunks come later with larger numbers than all that there are.
    lastChunk = try Int.fetchOne(database, sql: "SELECT ifnull(max(number), 0) FROM chunks") ?? 0
  }

  /// Reads chunks into memory: those of one field, or of all.
  private mutating func addChunks(_ database: Database, numbers: ClosedRange<Int>, field: Int? = nil) throws {
    var chunks = [[StoredChunk]](repeating: [], count: fields.count)
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: "SELECT \(StoredChunk.columns) FROM chunks WHERE number BETWEEN ? AND ? AND field = ifnull(?, field) "
          + "ORDER BY number"),
      arguments: [numbers.lowerBound, numbers.upperBound, field])
    while let row = try rows.next() {
      let chunk = try StoredChunk.read(row, dimension: frame.dimension, path: frame.path)
      guard fields.indices.contains(chunk.field) else {
        throw RetrievalError(.damaged, frame.path, "chunk number \(chunk.number) is of a field that is not there")
      }
      chunks[chunk.field].append(chunk)
      lastChunk = max(lastChunk, chunk.number)
      if chunks[chunk.field].count == TailBlock.capacity {
        try fields[chunk.field].append(chunks[chunk.field])
        chunks[chunk.field].removeAll(keepingCapacity: true)
      }
    }
    for index in fields.indices { try fields[index].append(chunks[index]) }
  }

  private mutating func removeChunks(_ database: Database) throws {
    let rows = try Row.fetchCursor(
      database.cachedStatement(sql: "SELECT sequence, chunk, field FROM removals WHERE sequence > ? ORDER BY sequence"),
      arguments: [lastRemoval])
    while let row = try rows.next() {
      lastRemoval = try row.integer(0)
      let field = try row.integer(2)
      if fields.indices.contains(field) { fields[field].remove(try row.integer(1)) }
    }
  }
}

/// The one row that says how much there is.
struct DatabaseState: Sendable, Equatable {
  var documents = 0
  var chunks = 0
  /// Raised by every change of the segments.
  var epoch = 0
  /// Raised by every change of the documents.
  var change = 0

  init() {}

  /// Whether it was before another one.
  func isOlder(than other: DatabaseState) -> Bool { epoch < other.epoch || change < other.change }

  init(_ database: Database) throws {
    let statement = try database.cachedStatement(sql: "SELECT documents, chunks, epoch, change FROM state")
    guard let row = try Row.fetchOne(statement) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the table state is empty")
    }
    (documents, chunks) = (try row.integer(0), try row.integer(1))
    (epoch, change) = (try row.integer(2), try row.integer(3))
  }
}
