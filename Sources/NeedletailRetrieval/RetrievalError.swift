/// Documents that cannot be read, or a collection that cannot do what was asked of it.
public struct RetrievalError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A file or folder is missing or cannot be read.
    public static let unreadable = Code(name: "unreadable")
    /// The bytes of a file are not what their format demands.
    public static let malformed = Code(name: "malformed")
    /// A file or folder cannot be created or written.
    public static let unwritable = Code(name: "unwritable")
    /// There is no room left on the disk; nothing of what was asked for was done.
    public static let full = Code(name: "full")
    /// Something else, a folder or a collection, is where a new collection should be.
    public static let exists = Code(name: "exists")
    /// Another process or value writes to the collection.
    public static let busy = Code(name: "busy")
    /// The collection was opened for reading only.
    public static let readOnly = Code(name: "readOnly")
    /// The collection was written by a newer version of Needletail.
    public static let unsupported = Code(name: "unsupported")
    /// The collection's vectors are of another model.
    public static let modelMismatch = Code(name: "modelMismatch")
    /// What is stored is no longer what was written.
    public static let damaged = Code(name: "damaged")
    /// The request itself cannot be fulfilled: vectors of a wrong dimension, a field that is not there.
    public static let request = Code(name: "request")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The file, and the line in it where one is concerned; or the document or parameter at fault.
  public let subject: String
  /// What it followed from, where another error was the reason.
  public let cause: (any Error)?

  /// Creates an error; see the properties.
  public init(_ code: Code, _ subject: String, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.subject = subject
    self.cause = cause
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
