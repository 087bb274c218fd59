internal import GRDB

/// A segment as the database knows it: the chunks of a field, of a range of numbers, that its file holds.
struct SegmentRecord: Sendable, Hashable {
  let name: String
  /// The position of the field in the collection's settings.
  let field: Int
  /// The numbers of chunks that it stands for: those of its field that existed when it was made are in it.
  let numbers: ClosedRange<Int>
  /// How many chunks its file holds.
  let rows: Int
  /// The checksum of its file.
  let checksum: UInt32

  /// All segments, those of a field in the order of their numbers.
  static func all(_ database: Database) throws -> [SegmentRecord] {
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT name, field, first, last, rows, checksum FROM segments ORDER BY field, first"))
    return try rows.map { row in
      let (first, last, checksum) = (try row.integer(2), try row.integer(3), try row.integer(5))
      guard first <= last, let checksum = UInt32(exactly: checksum) else {
        throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a segment has an impossible range")
      }
      return SegmentRecord(
        name: try row.text(0), field: try row.integer(1), numbers: first...last, rows: try row.integer(4),
        checksum: checksum)
    }
  }

  func insert(_ database: Database) throws {
    try database.execute(
      sql: "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [name, field, numbers.lowerBound, numbers.upperBound, rows, Int(checksum)])
  }

  func delete(_ database: Database) throws {
    try database.execute(sql: "DELETE FROM segments WHERE name = ?", arguments: [name])
  }

  /// The ranges of numbers that no segment of a field stands for.
  static func gaps(_ segments: [SegmentRecord]) -> [ClosedRange<Int>] {
    var gaps: [ClosedRange<Int>] = []
    var next = 1
    for segment in segments.sorted(by: { $0.numbers.lowerBound < $1.numbers.lowerBound }) {
      if segment.numbers.lowerBound > next { gaps.append(next...(segment.numbers.lowerBound - 1)) }
      next = max(next, segment.numbers.upperBound + 1)
    }
    return gaps + [next...Int.max]
  }
}
