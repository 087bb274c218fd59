/// A file that cannot be searched, or a search that found nothing to read.
public struct FileSearchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A file or folder is missing or cannot be read.
    public static let unreadable = Code(name: "unreadable")
    /// The bytes of a file are not what its format demands.
    public static let malformed = Code(name: "malformed")
    /// A line or record is larger than the reader accepts.
    public static let tooLarge = Code(name: "tooLarge")
    /// None of the given paths could be read.
    public static let nothingRead = Code(name: "nothingRead")
    /// The question is empty or holds nothing but white space.
    public static let emptyQuestion = Code(name: "emptyQuestion")
    /// The search was cancelled; who waits for it is told by a `CancellationError`.
    static let cancelled = Code(name: "cancelled")
    /// The cache cannot be written.
    public static let cache = Code(name: "cache")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// The file, and the line in it where one is concerned.
  public let subject: String

  init(_ code: Code, _ subject: String, _ message: String) {
    self.code = code
    self.message = message
    self.subject = subject
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
