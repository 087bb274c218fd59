internal import GRDB

/// Texts of a collection with their stored vectors, some to fit a map on, some to choose it by, some to measure it.
struct TextSample: Sendable {
  /// A chunk.
  struct Piece: Sendable {
    /// The id of its document.
    let document: [UInt8]
    /// The position of its field in the collection's settings.
    let field: Int
    let text: String
    let vector: [Float]
  }

  /// All of them, no two with the same text.
  let pieces: [Piece]
  /// Which of them are for fitting, for choosing between maps, and for measuring the one that was chosen.
  let (fitted, trial, heldOut): ([Int], [Int], [Int])

  /// Fewer than this say nothing.
  static let fewest = 10
  /// The most texts that are searched for to measure a map.
  private static let mostQuestions = 500

  /// Takes chunks at equal distances from all that there are.
  init(_ database: Database, _ frame: CollectionSnapshot.Frame, size: Int) throws {
    let numbers = try Int.fetchAll(database, sql: "SELECT number FROM chunks ORDER BY number")
    let table = DocumentTable(database: database, path: frame.path, dimension: frame.dimension)
    var pieces: [Piece] = []
    var documents: [Int] = []
    var seen: Set<[UInt8]> = []
    let count = min(size, numbers.count)
    for place in 0..<count {
      guard let chunk = try table.chunk(numbers[place * numbers.count / count]),
        let document = try table.document(number: chunk.document),
        frame.settings.fields.indices.contains(chunk.field),
        let text = document.field(frame.settings.fields[chunk.field]), !chunk.range.isEmpty,
        chunk.range.upperBound <= text.count, seen.insert(Array(text[chunk.range])).inserted
      else { continue }
      documents.append(chunk.document)
      pieces.append(
        Piece(
          document: document.id, field: chunk.field, text: String(decoding: text[chunk.range], as: UTF8.self),
          vector: chunk.vector))
    }
    self.pieces = pieces
    // Chunks of one document are alike: they stay together, unless there are too few documents for that.
    let ranks = Dictionary(zip(Set(documents).sorted(), 0...)) { first, _ in first }
    let groups = pieces.indices.map { ranks.count >= Self.fewest ? ranks[documents[$0]] ?? 0 : $0 }
    trial = pieces.indices.filter { groups[$0] % 10 == 8 }
    let others = pieces.indices.filter { groups[$0] % 10 == 9 }
    let questions = min(others.count, Self.mostQuestions)
    heldOut = (0..<questions).map { others[$0 * others.count / questions] }
    fitted = pieces.indices.filter { groups[$0] % 10 < 8 }
  }
}

extension DocumentTable {
  /// A chunk by its number.
  fileprivate func chunk(_ number: Int) throws -> StoredChunk? {
    let statement = try database.cachedStatement(sql: "SELECT \(StoredChunk.columns) FROM chunks WHERE number = ?")
    return try Row.fetchOne(statement, arguments: [number]).map {
      try StoredChunk.read($0, dimension: dimension, path: path)
    }
  }

  /// A document by its number.
  fileprivate func document(number: Int) throws -> StoredDocument? {
    let statement = try database.cachedStatement(
      sql: "SELECT \(StoredDocument.columns) FROM documents WHERE number = ?")
    return try Row.fetchOne(statement, arguments: [number]).map { try StoredDocument.read($0, path: path).document }
  }
}
