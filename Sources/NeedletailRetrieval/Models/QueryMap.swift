internal import GRDB
internal import NeedletailTensor

/// A map of another model's vectors of questions into the space of a collection's vectors, as its row has it.
struct QueryMap: Sendable {
  let compensation: QueryCompensation
  let map: AffineMap
  /// How the other model's files looked from outside when it was last compared.
  let fingerprint: String?

  private static let columns = "model, opening, fingerprint, inputs, weights, pairs, questions, recall, checksum"

  /// The maps of a collection, each as it was stored or the reason why it is not; none where the format is older than
  /// maps are.
  ///
  /// - Parameter dimension: The values of the collection's vectors.
  static func all(_ database: Database, dimension: Int, path: String) throws -> [Result<QueryMap, RetrievalError>] {
    guard try database.tableExists("maps") else { return [] }
    return try Row.fetchAll(database, sql: "SELECT \(columns) FROM maps ORDER BY model").map { row in
      do { return .success(try read(row, dimension: dimension, path: path)) } catch let error as RetrievalError {
        return .failure(error)
      }
    }
  }

  /// The maps that are sound.
  static func sound(_ database: Database, dimension: Int, path: String) throws -> [QueryMap] {
    try all(database, dimension: dimension, path: path).compactMap { try? $0.get() }
  }

  private static func read(_ row: Row, dimension: Int, path: String) throws -> QueryMap {
    let (model, inputs, bytes) = (try row.text(0), try row.integer(3), try row.bytes(4))
    let recall = row[7] as Double? ?? -1
    guard let values = [Float](rawBytes: bytes), inputs > 0, inputs <= values.count,
      values.count == (inputs + 1) * dimension, (0...1).contains(recall),
      try row.integer(8) == checksum(model: model, inputs: inputs, weights: bytes)
    else {
      throw RetrievalError(
        .damaged, path,
        "the map of questions of the model \(model.prefix(12))… differs from its checksum; adapt it again")
    }
    let map = AffineMap(
      inputs: inputs, outputs: dimension, weights: Array(values[..<(inputs * dimension)]),
      offset: Array(values[(inputs * dimension)...]))
    let compensation = QueryCompensation(
      model: model, opening: row[1], pairs: try row.integer(5), questions: try row.integer(6), recall: recall)
    return QueryMap(compensation: compensation, map: map, fingerprint: row[2])
  }

  private static func checksum(model: String, inputs: Int, weights: [UInt8]) -> Int {
    var checksum = Checksum(of: [inputs])
    for part in [Array(model.utf8), weights] { part.withRawSpan { checksum.add($0) } }
    return Int(checksum.value)
  }

  /// Stores the map in place of the one of its model.
  func insert(_ database: Database) throws {
    let bytes = (map.weights + map.offset).rawBytes
    try database.execute(
      sql: "INSERT OR REPLACE INTO maps (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        compensation.model, compensation.opening, fingerprint, map.inputs, DatabaseBytes(bytes).value,
        compensation.pairs, compensation.questions, compensation.recall,
        Self.checksum(model: compensation.model, inputs: map.inputs, weights: bytes),
      ])
  }
}
