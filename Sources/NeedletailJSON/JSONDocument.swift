/// One parsed JSON text (RFC 8259), kept as its bytes and a flat list of nodes.
///
/// Strings stay where they are until they are asked for, so that a vocabulary of tens of thousands of entries costs
/// one pass. Keys are compared byte by byte: composed and decomposed spellings of one letter are two keys.
///
/// Differs from RFC 8259 on purpose in two places: a byte order mark at the start is passed over, and a lone surrogate
/// escape (which Python writes) reads as U+FFFD.
public struct JSONDocument: Sendable {
  struct Node {
    var kind: JSON.Kind
    /// Whether a string holds escapes.
    var hasEscapes = false
    /// First byte of the value; of a string, the byte after its opening quote.
    var start: UInt32
    /// The byte after the value; of a string, its closing quote.
    var end: UInt32
    /// The node after this value and all that it contains.
    var next: UInt32
    /// Elements of an array, members of an object.
    var count: UInt32 = 0
  }

  /// What all views of a document share, so that a copy of one costs one reference.
  final class Storage: Sendable {
    let bytes: [UInt8]
    let nodes: [Node]
    let subject: String
    /// Who notes which members are looked up, where somebody wants to know.
    let lookups: JSONLookups?

    init(_ bytes: [UInt8], _ nodes: [Node], _ subject: String, _ lookups: JSONLookups?) {
      self.bytes = bytes
      self.nodes = nodes
      self.subject = subject
      self.lookups = lookups
    }
  }

  private let storage: Storage
  var bytes: [UInt8] { storage.bytes }
  var nodes: [Node] { storage.nodes }
  var subject: String { storage.subject }
  var lookups: JSONLookups? { storage.lookups }

  /// Parses one JSON text.
  ///
  /// - Parameters:
  ///   - bytes: The text, UTF-8, under 4 GiB.
  ///   - subject: The file or input that errors name.
  ///   - maximumDepth: How deep arrays and objects may nest.
  /// - Throws: ``JSONError`` with the line and column of the first byte that is not JSON.
  /// - Complexity: O(`bytes.count`).
  public init(parsing bytes: [UInt8], subject: String = "JSON", maximumDepth: Int = 256) throws(JSONError) {
    try self.init(parsing: bytes, subject: subject, maximumDepth: maximumDepth, noting: nil)
  }

  /// Parses a text whose readers are watched; see ``init(parsing:subject:maximumDepth:)``.
  ///
  /// - Parameter lookups: Notes the members that are looked up by their key.
  package init(
    parsing bytes: [UInt8], subject: String, maximumDepth: Int = 256, noting lookups: JSONLookups?
  ) throws(JSONError) {
    var parser = JSONParser(bytes: bytes, subject: subject, maximumDepth: maximumDepth)
    storage = Storage(bytes, try parser.parse(), subject, lookups)
  }

  /// Parses a string; see ``init(parsing:subject:maximumDepth:)``.
  public init(parsing text: String, subject: String = "JSON") throws(JSONError) {
    try self.init(parsing: Array(text.utf8), subject: subject)
  }

  /// The outermost value.
  public var root: JSON { JSON(document: self, index: 0) }
}
