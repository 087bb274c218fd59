/// Training or distillation that cannot be done as asked.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A file cannot be read or written.
    public static let file = Code(name: "file")
    /// A line of training text is not what its format demands.
    public static let malformed = Code(name: "malformed")
    /// There is too little text to learn from.
    public static let empty = Code(name: "empty")
    /// An option is outside its range, or does not fit the teacher.
    public static let option = Code(name: "option")
    /// The teacher gives numbers that are not finite, or states of another shape than expected.
    public static let teacher = Code(name: "teacher")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The file, line or option at fault.
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
