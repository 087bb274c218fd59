internal import NeedletailJSON

/// A model that cannot be built from its folder, or input that it cannot take.
public struct ModelError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The architecture, or an option of it, is not one that Needletail knows.
    public static let unsupported = Code(name: "unsupported")
    /// A configuration value is missing, of the wrong type or out of range.
    public static let configuration = Code(name: "configuration")
    /// The weights are missing, damaged, or do not fit the configuration.
    public static let weights = Code(name: "weights")
    /// Token ids that the model has no row for, or more tokens than it has positions.
    public static let input = Code(name: "input")
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

  /// What a JSON file lacks, with line and column in the subject.
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
