/// A file of numbers that cannot be read, or numbers that do not fit together.
public struct TensorError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The file cannot be opened or read.
    public static let unreadable = Code(name: "unreadable")
    /// The file cannot be created or written.
    public static let unwritable = Code(name: "unwritable")
    /// The bytes are not what their format demands.
    public static let malformed = Code(name: "malformed")
    /// The file wants something that is never done, such as to call a function, or is of a kind that is not read.
    public static let refused = Code(name: "refused")
    /// A tensor that is needed is not in the file.
    public static let missing = Code(name: "missing")
    /// A tensor has another shape or element type than expected.
    public static let mismatch = Code(name: "mismatch")
    /// A tensor needs more memory than the machine has.
    public static let tooLarge = Code(name: "tooLarge")
    /// A kernel set was asked for that this machine or build does not have.
    public static let unsupported = Code(name: "unsupported")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The file, and the tensor in it where one is concerned.
  public let subject: String

  /// Creates an error; see the properties.
  public init(_ code: Code, _ subject: String, _ message: String) {
    self.code = code
    self.message = message
    self.subject = subject
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
