public import NeedletailJSON

/// A chat template in memory: what makes one text of the messages of a conversation.
///
/// The language is Jinja's, as far as `transformers` offers it to chat templates: its sandbox, in which nothing that was
/// handed over can be changed, with `trim_blocks`, `lstrip_blocks`, `break` and `continue`, `generation` blocks,
/// `raise_exception`, `strftime_now` and a `tojson` that escapes no HTML. What is not built is refused by its name.
///
///     let template = try ChatTemplate("{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}")
///     let text = try template.render([
///       "bos_token": .string("<s>"),
///       "messages": .array([.object(["role": .string("user"), "content": .string("Hello")])]),
///     ])
///
/// A template is a value to share freely between tasks. It reaches no file, no network and nothing else of the program
/// but the time, and its work, its text and its nesting are bounded.
public struct ChatTemplate: Sendable {
  private let source: TemplateSource
  private let statements: [Statement]
  /// The names that the template reads without giving them a value first.
  public let freeNames: Set<String>

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - text: The template; `\r\n` and `\r` are line breaks as `\n` is, and one at the end is dropped.
  ///   - subject: The file or key that errors name.
  /// - Throws: ``TemplateError`` with line and column of what cannot be read.
  /// - Complexity: O(length).
  public init(_ text: String, subject: String = "template") throws(TemplateError) {
    source = TemplateSource(text, subject: subject)
    statements = try TemplateParser.statements(of: source)
    freeNames = FreeNames(of: statements).names
  }

  /// Executes the template.
  ///
  /// - Parameters:
  ///   - variables: What the template's names mean.
  ///   - limits: What it may cost.
  ///   - seconds: The time that `strftime_now` tells, in seconds since 1970 and in Greenwich's zone; by default the time
  ///     that it is, in the zone of the machine.
  /// - Throws: ``TemplateError`` with the place of what cannot be computed, or that is too large.
  /// - Complexity: As many steps as the template asks for, at most `limits.work`.
  public func render(
    _ variables: KeyValuePairs<String, JSONValue>, limits: TemplateLimits = .init(), seconds: Double? = nil
  ) throws(TemplateError) -> String {
    try render(variables.map { (key: $0.key, value: $0.value) }, limits: limits, seconds: seconds)
  }

  /// Executes the template with variables in a list, the last of which counts where a name comes twice.
  ///
  /// - Parameters:
  ///   - variables: What the template's names mean.
  ///   - limits: What it may cost.
  ///   - seconds: The time that `strftime_now` tells, in seconds since 1970; by default the time that it is.
  /// - Throws: ``TemplateError`` with the place of what cannot be computed, or that is too large.
  public func render(
    _ variables: [(key: String, value: JSONValue)], limits: TemplateLimits = .init(), seconds: Double? = nil
  ) throws(TemplateError) -> String {
    let renderer = Renderer(source, limits, TemplateTime(seconds: seconds))
    var values: [(key: String, value: Value)] = []
    for variable in variables { values.append((variable.key, try Value(variable.value))) }
    return try renderer.text(of: statements, values)
  }
}
