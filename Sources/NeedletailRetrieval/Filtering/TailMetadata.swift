internal import GRDB
internal import NeedletailIndex
internal import NeedletailJSON
internal import Synchronization

/// The metadata of documents with chunks that no segment holds, read when a filter first asks for it.
///
/// The row of a document never changes, so what was read once stays right.
final class TailMetadata: Sendable {
  private struct State: Sendable {
    var documents: [Int: JSON] = [:]
    var schema = AttributeSchema()
  }

  private let state = Mutex(State())

  /// The metadata of documents by their numbers, and a schema that covers it.
  ///
  /// - Parameters:
  ///   - numbers: Documents of the state that `database` reads.
  ///   - path: What errors name.
  func read(
    _ numbers: Set<Int>, _ database: Database, path: String
  ) throws -> (documents: [Int: JSON], schema: AttributeSchema) {
    var next = state.withLock { $0 }
    for number in numbers where next.documents[number] == nil {
      let metadata = try StoredDocument.metadata(of: number, database, path: path)
      next.documents[number] = metadata
      next.schema.insert(metadata: metadata)
    }
    // Those that were sealed meanwhile go once they are many.
    if next.documents.count > 2 * numbers.count {
      next.documents = next.documents.filter { numbers.contains($0.key) }
    }
    let read = next
    state.withLock { $0 = read }
    return (read.documents, read.schema)
  }
}

extension StoredDocument {
  /// The metadata of a document by its number.
  ///
  /// - Throws: ``RetrievalError`` with code `.damaged` where the row is missing or differs from its checksum.
  static func metadata(of number: Int, _ database: Database, path: String) throws -> JSON {
    let statement = try database.cachedStatement(sql: "SELECT \(columns) FROM documents WHERE number = ?")
    guard let row = try Row.fetchOne(statement, arguments: [number]) else {
      throw RetrievalError(.damaged, path, "lacks document number \(number), which chunks belong to; restore a backup")
    }
    return try read(row, path: path).document.metadataTree(path: path)
  }

  /// The metadata, to look at in place.
  func metadataTree(path: String) throws(RetrievalError) -> JSON {
    do {
      return try JSONDocument(parsing: metadata, subject: "metadata").root
    } catch {
      throw RetrievalError(.damaged, path, "the metadata of \"\(String(decoding: id, as: UTF8.self))\" is no JSON")
    }
  }
}
