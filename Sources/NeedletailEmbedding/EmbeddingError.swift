internal import NeedletailJSON

/// A model folder that cannot be executed as it says, or input that cannot be embedded.
public struct EmbeddingError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A file or folder is missing or cannot be read.
    public static let unreadable = Code(name: "unreadable")
    /// A file of the folder is malformed, or its values contradict each other.
    public static let malformed = Code(name: "malformed")
    /// A module, option or format that Needletail does not know.
    public static let unsupported = Code(name: "unsupported")
    /// A request that the model cannot fulfil: an unknown prompt, too many dimensions.
    public static let request = Code(name: "request")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The file or input at fault.
  public let subject: String

  /// Creates an error; see the properties.
  public init(_ code: Code, _ subject: String, _ message: String) {
    self.code = code
    self.message = message
    self.subject = subject
  }

  /// What a file lacks; line and column go into the subject where they are known.
  init(_ code: Code, _ error: any Error, subject: String) {
    if let error = error as? JSONError {
      self.init(code, "\(error.subject):\(error.line):\(error.column)", error.message)
    } else {
      self.init(code, subject, "\(error)")
    }
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
