/// A tokenizer that cannot be read, or a request that it cannot fulfil.
public struct TokenizerError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// A file is missing or cannot be read.
    public static let unreadable = Code(name: "unreadable")
    /// A file is not what its format asks for.
    public static let malformed = Code(name: "malformed")
    /// A component or an option that is not known here.
    public static let unsupported = Code(name: "unsupported")
    /// Ids or tokens of the vocabulary are missing, doubled or out of range.
    public static let invalidVocabulary = Code(name: "invalidVocabulary")
    /// The asked-for truncation cannot be done.
    public static let invalidTruncation = Code(name: "invalidTruncation")
    /// The asked-for padding cannot be done.
    public static let invalidPadding = Code(name: "invalidPadding")
    /// A regular expression of the tokenizer would take too long on a text.
    public static let patternLimit = Code(name: "patternLimit")
    /// A vocabulary cannot be trained from these texts with these settings.
    public static let invalidTraining = Code(name: "invalidTraining")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected, what was found, and what to do.
  public let message: String
  /// The file, with the line and column where these are known.
  public let subject: String
  /// The error below, where there is one.
  public let cause: (any Error)?

  package init(_ code: Code, _ message: String, subject: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.subject = subject
    self.cause = cause
  }

  /// Where and what, in one line.
  public var description: String { "\(subject): \(message)" }
}
