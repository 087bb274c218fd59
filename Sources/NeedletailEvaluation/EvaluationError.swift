/// Evaluation data that cannot be read, or a task that cannot be run on it.
public struct EvaluationError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The file cannot be opened or read.
    public static let unreadable = Code(name: "unreadable")
    /// A line of the file is not what the format demands.
    public static let malformed = Code(name: "malformed")
    /// All scores, or all cosines, are the same number, with which nothing correlates.
    public static let constant = Code(name: "constant")
    /// The file holds too little to compute a measure.
    public static let empty = Code(name: "empty")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The file, and the line in it (`file:line`, counted from 1) where one is at fault.
  public let subject: String
  /// The error below this one, if there is one.
  public let cause: (any Error)?

  init(_ code: Code, _ subject: String, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.subject = subject
    self.cause = cause
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
