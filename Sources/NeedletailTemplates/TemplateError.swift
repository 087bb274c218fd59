/// A chat template that cannot be read or executed.
public struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as a value to match on; more codes may be added.
  public struct Code: Sendable, Hashable {
    let name: String
    /// The text is no template: Jinja would refuse it, too.
    public static let malformed = Code(name: "malformed")
    /// A part of Jinja that is not built.
    public static let unsupported = Code(name: "unsupported")
    /// An expression cannot be computed: a wrong type, an undefined name, a wrong number of arguments.
    public static let evaluation = Code(name: "evaluation")
    /// The template itself gave up, by `raise_exception`.
    public static let raised = Code(name: "raised")
    /// More work, text or nesting than ``TemplateLimits`` allows.
    public static let tooLarge = Code(name: "tooLarge")
  }

  /// What went wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// The file or key that holds the template.
  public let subject: String
  /// The line of the offending sign, counted from 1.
  public let line: Int
  /// The column of the offending sign, counted in Unicode scalars from 1.
  public let column: Int

  /// Where and what, in one line.
  public var description: String { "\(subject):\(line):\(column): \(message)" }
}
