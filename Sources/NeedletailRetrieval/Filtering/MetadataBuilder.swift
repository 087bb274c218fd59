internal import GRDB
internal import NeedletailIndex
internal import NeedletailJSON

/// Gathers the metadata of a segment's chunks in their order.
struct MetadataBuilder {
  /// What was gathered.
  private(set) var columns = AttributeColumnsBuilder()
  private let path: String
  /// The document of the chunk before: chunks of one document follow each other.
  private var last: (number: Int, metadata: JSON)?

  /// - Parameter path: What errors name.
  init(path: String) { self.path = path }

  /// Adds the next chunk.
  mutating func append(document number: Int, _ database: Database) throws {
    let metadata =
      if let last, last.number == number { last.metadata } else {
        try StoredDocument.metadata(of: number, database, path: path)
      }
    columns.append(metadata)
    last = (number, metadata)
  }
}
