/// What a template may cost, so that one from a stranger neither hangs a program nor fills its memory.
public struct TemplateLimits: Sendable, Equatable {
  /// Steps: about one for each expression and statement that is executed, and one for every few bytes of text and each
  /// element of a list that they make.
  public var work = 10_000_000
  /// Bytes of one text, the result included, in UTF-8.
  public var textBytes = 16 << 20
  /// How deep statements, expressions and calls of macros may stand inside one another while they are executed.
  public var depth = 200

  /// The defaults.
  public init() {}

  /// How deep values may nest, as a list in a list.
  static let valueDepth = 100
  /// How deep the syntax may nest.
  static let syntaxDepth = 64
  /// Elements of a `range`, as Jinja's sandbox bounds it.
  static let range = 100_000
  /// Signs of a template.
  static let source = 4 << 20
}
