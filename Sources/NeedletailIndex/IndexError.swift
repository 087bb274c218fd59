/// Vectors that an index cannot hold, a search or filter that it cannot answer, or a damaged file.
public struct IndexError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A vector has another number of values than the index.
    public static let dimensionMismatch = Code(name: "dimensionMismatch")
    /// A vector holds a NaN or an infinity, or its squares overflow.
    public static let notFinite = Code(name: "notFinite")
    /// A limit or a dimension is not positive.
    public static let outOfRange = Code(name: "outOfRange")
    /// A file is missing or cannot be read.
    public static let unreadable = Code(name: "unreadable")
    /// A file cannot be written.
    public static let unwritable = Code(name: "unwritable")
    /// The bytes of a file differ from their checksums or contradict each other.
    public static let damaged = Code(name: "damaged")
    /// A file has a format of a newer version.
    public static let unsupported = Code(name: "unsupported")
    /// The text or JSON of a filter cannot be read.
    public static let malformedFilter = Code(name: "malformedFilter")
    /// A filter asks about an attribute that no document has.
    public static let unknownAttribute = Code(name: "unknownAttribute")
    /// A filter compares an attribute with a value of a type that it never has.
    public static let wrongType = Code(name: "wrongType")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// The vector, parameter, file, attribute or place in a filter at fault.
  public let subject: String

  init(_ code: Code, _ subject: String, _ message: String) {
    self.code = code
    self.message = message
    self.subject = subject
  }

  /// What is wrong with a file that is derived from something else.
  package init(damaged path: String, _ message: String) { self.init(.damaged, path, message) }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
