internal import Crypto
internal import NeedletailJSON

/// The parts of a row before they are a document: which member means what is the same for JSONL and tables.
struct RowMembers {
  private var id: String?
  private var text: String?
  private var title: String?
  private var vector: [Float]?
  /// Members that mean nothing else, in their order.
  private var others: [(key: String, value: JSONValue)] = []
  private var metadata: [(key: String, value: JSONValue)] = []

  /// What is wrong with a row.
  struct Fault: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }

  /// Takes the id, which may stand there once.
  mutating func take(id: String) throws(Fault) {
    guard self.id == nil else { throw Fault("has two ids, \"id\" and \"_id\"; keep one") }
    guard !id.isEmpty else { throw Fault("the id is empty; leave it out or give it a name") }
    self.id = id
  }

  mutating func take(text: String) { self.text = text }
  mutating func take(title: String) { self.title = title }
  mutating func take(vector: [Float]) throws(Fault) {
    guard self.vector == nil else { throw Fault("has two vectors, \"vector\" and \"embedding\"; keep one") }
    self.vector = vector
  }
  mutating func take(metadata: [(key: String, value: JSONValue)]) { self.metadata = metadata }
  mutating func take(other key: String, _ value: JSONValue) { others.append((key, value)) }

  /// The document of these members.
  ///
  /// A title stands before the text, a space between, and is kept as metadata. A row without an id is named by its content.
  func row() throws(Fault) -> DocumentRow {
    guard let text else { throw Fault("has no \"text\"") }
    var facts = metadata + others
    var whole = text
    if let title, !title.isEmpty {
      facts.append(("title", .string(title)))
      whole = "\(title) \(text)"
    }
    var keys: Set<String> = []
    for (key, _) in facts where !keys.insert(key).inserted {
      throw Fault("\"\(key)\" stands in the row and in its metadata; keep one")
    }
    let document = Document(
      id: id ?? Self.name(whole, .object(facts)), text: whole, metadata: .object(facts))
    return DocumentRow(document: document, vector: vector)
  }

  /// 32 hexadecimal digits of the SHA-256 of text and metadata: the same content has the same name in every file.
  private static func name(_ text: String, _ metadata: JSONValue) -> String {
    var hash = SHA256()
    hash.update(data: Array(text.utf8))
    hash.update(data: [0xFF])
    hash.update(data: Array(metadata.text().utf8))
    return hash.finalize().prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
