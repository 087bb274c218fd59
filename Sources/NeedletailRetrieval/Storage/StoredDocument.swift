internal import GRDB
internal import NeedletailJSON
internal import NeedletailTensor

/// A document as its row has it: UTF-8 throughout.
struct StoredDocument: Sendable, Equatable {
  let id: [UInt8]
  let text: [UInt8]
  let metadata: [UInt8]

  init(_ document: Document) throws(RetrievalError) {
    id = Array(document.id.utf8)
    text = Array(document.text.utf8)
    metadata = try Self.bytes(of: document.metadata, id: document.id)
    guard !id.isEmpty else { throw RetrievalError(.request, "a document", "has an empty id; every document needs one") }
    let size = id.count + text.count + metadata.count
    guard size <= Self.maximumSize else {
      throw RetrievalError(
        .request, "document \"\(document.id.prefix(100))\"",
        "has \(size) bytes; a collection takes \(Self.maximumSize) at most: split it")
    }
  }

  private init(id: [UInt8], text: [UInt8], metadata: [UInt8]) {
    (self.id, self.text, self.metadata) = (id, text, metadata)
  }

  /// More bytes than this no document has; SQLite ends at a thousand million.
  private static let maximumSize = 1 << 28
  /// The reader of JSON has the same limit.
  private static let maximumDepth = 256

  /// Checks that what is written can be read again as it was.
  private static func bytes(of metadata: JSONValue, id: String) throws(RetrievalError) -> [UInt8] {
    func refusal(_ reason: String) -> RetrievalError {
      RetrievalError(.request, "document \"\(id.prefix(100))\"", reason)
    }
    guard case .object = metadata else { throw refusal("its metadata is no JSON object") }
    guard metadata.isFinite else { throw refusal("its metadata holds a number that is not finite, which JSON lacks") }
    let bytes = Array(metadata.text().utf8)
    do {
      _ = try JSONDocument(parsing: bytes, subject: "metadata")
    } catch {
      throw refusal("its metadata cannot be stored: \(error.message)")
    }
    return bytes
  }

  // MARK: Rows

  static let columns = "number, id, text, metadata, checksum"

  /// Reads a row of ``columns`` and compares it with its checksum.
  static func read(_ row: Row, path: String) throws -> (number: Int, document: StoredDocument) {
    let number = try row.integer(0)
    let document = StoredDocument(id: try row.bytes(1), text: try row.bytes(2), metadata: try row.bytes(3))
    guard try row.integer(4) == document.checksum(number) else {
      throw RetrievalError(
        .damaged, path, "document number \(number) differs from its checksum; restore it from a backup")
    }
    return (number, document)
  }

  func checksum(_ number: Int) -> Int {
    var checksum = Checksum(of: [number, id.count, text.count])
    for part in [id, text, metadata] { part.withRawSpan { checksum.add($0) } }
    return Int(checksum.value)
  }

  /// The document as the user gave it.
  func document(path: String) throws(RetrievalError) -> Document {
    Document(
      id: String(decoding: id, as: UTF8.self), text: String(decoding: text, as: UTF8.self), metadata: try json(path))
  }

  private func json(_ path: String) throws(RetrievalError) -> JSONValue {
    do {
      return JSONValue(copying: try JSONDocument(parsing: metadata, subject: "metadata").root)
    } catch {
      throw RetrievalError(.damaged, path, "the metadata of \"\(String(decoding: id, as: UTF8.self))\" is no JSON")
    }
  }

  /// The bytes of a field: `text`, or a string of the metadata; `nil` where there is none.
  func field(_ name: String) -> [UInt8]? {
    if name == "text" { return text }
    guard let root = try? JSONDocument(parsing: metadata, subject: "metadata").root else { return nil }
    return root[name]?.utf8.map { Array($0) }
  }
}

extension JSONValue {
  /// Whether all its numbers are finite.
  fileprivate var isFinite: Bool {
    switch self {
    case .double(let value): value.isFinite
    case .float(let value): value.isFinite
    case .array(let values): values.allSatisfy(\.isFinite)
    case .object(let members): members.allSatisfy { $0.value.isFinite }
    default: true
    }
  }
}
