internal import GRDB
internal import NeedletailTensor

/// A piece of a field of a document and its vector, as its row has them.
struct StoredChunk: Sendable {
  let number: Int
  /// The number of its document.
  let document: Int
  /// The position of its field in the collection's settings.
  let field: Int
  /// Where it stands in the field, in bytes of UTF-8.
  let range: Range<Int>
  let vector: [Float]

  static let columns = "number, document, field, first, end, vector, checksum"

  /// Reads a row of ``columns`` and compares it with its checksum.
  ///
  /// - Parameter dimension: The values of each vector.
  static func read(_ row: Row, dimension: Int, path: String) throws -> StoredChunk {
    let (first, end, bytes) = (try row.integer(3), try row.integer(4), try row.bytes(5))
    let (number, document, field) = (try row.integer(0), try row.integer(1), try row.integer(2))
    let sum = checksum(number: number, document: document, field: field, first: first, end: end, vector: bytes)
    guard try row.integer(6) == sum, first <= end, let vector = [Float](rawBytes: bytes), vector.count == dimension
    else {
      throw RetrievalError(
        .damaged, path, "chunk number \(number) differs from its checksum; add its document again")
    }
    return StoredChunk(number: number, document: document, field: field, range: first..<end, vector: vector)
  }

  private static func checksum(
    number: Int, document: Int, field: Int, first: Int, end: Int, vector: [UInt8]
  ) -> Int {
    var checksum = Checksum(of: [number, document, field, first, end])
    vector.withRawSpan { checksum.add($0) }
    return Int(checksum.value)
  }

  /// Adds the row of a new chunk.
  ///
  /// - Parameter table: `chunks`, or the table that will take its place.
  func insert(_ database: Database, into table: String = "chunks") throws {
    let bytes = vector.rawBytes
    let sum = Self.checksum(
      number: number, document: document, field: field, first: range.lowerBound, end: range.upperBound, vector: bytes)
    try database.cachedStatement(sql: "INSERT INTO \(table) VALUES (?, ?, ?, ?, ?, ?, ?)").execute(
      arguments: [number, document, field, range.lowerBound, range.upperBound, DatabaseBytes(bytes).value, sum])
  }
}
