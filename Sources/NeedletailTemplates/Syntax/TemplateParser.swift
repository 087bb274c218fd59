/// Makes a tree of tokens, by the grammar of Jinja 3.1.
struct TemplateParser {
  let source: TemplateSource
  private let tokens: [TemplateToken]
  private var index = 0
  private var depth = 0
  /// The names that the macros around this place read, the innermost last.
  var reads: [Set<String>] = []
  /// Loops around this place, within the same macro.
  var loops = 0
  /// Whether an unknown filter is an error only once it is used, as between `if` and `endif`.
  var isLenient = false
  /// Filters that make markup, and whether one may stand here: only as the last of what is printed, where there is no
  /// text yet to be joined with it.
  var markups = 0
  var takesMarkup = false

  private init(_ source: TemplateSource) throws(TemplateError) {
    self.source = source
    tokens = try TemplateLexer.tokens(of: source)
  }

  /// The statements of a whole template.
  static func statements(of source: TemplateSource) throws(TemplateError) -> [Statement] {
    var parser = try TemplateParser(source)
    let statements = try parser.statements(until: [])
    guard parser.token.kind == .end else { throw parser.unexpected() }
    return statements
  }

  // MARK: Tokens

  var token: TemplateToken { tokens[index] }
  var next: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }
  var offset: Int { token.offset }

  @discardableResult
  mutating func advance() -> TemplateToken {
    defer { if index < tokens.count - 1 { index += 1 } }
    return tokens[index]
  }

  mutating func skip(_ kind: TemplateToken.Kind) -> Bool {
    guard token.kind == kind else { return false }
    advance()
    return true
  }

  mutating func skip(_ sign: TemplateToken.Sign) -> Bool { skip(.sign(sign)) }
  mutating func skip(word: String) -> Bool { skip(.name(word)) }
  func isAt(_ sign: TemplateToken.Sign) -> Bool { token.kind == .sign(sign) }
  func isAt(word: String) -> Bool { token.kind == .name(word) }

  mutating func expect(_ kind: TemplateToken.Kind) throws(TemplateError) {
    guard skip(kind) else {
      throw error("expected \(TemplateToken(kind: kind, offset: 0).name), found \(token.name)")
    }
  }

  mutating func expect(_ sign: TemplateToken.Sign) throws(TemplateError) { try expect(.sign(sign)) }

  mutating func expectName() throws(TemplateError) -> String {
    guard case .name(let name) = token.kind else { throw error("expected a name, found \(token.name)") }
    advance()
    return name
  }

  func error(_ message: String, _ code: TemplateError.Code = .malformed, at offset: Int? = nil) -> TemplateError {
    source.error(code, message, at: offset ?? token.offset)
  }

  func unexpected() -> TemplateError { error("unexpected \(token.name)") }

  /// Keeps deep nesting from filling the stack.
  mutating func nested<Result>(
    _ body: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    guard depth < TemplateLimits.syntaxDepth else {
      throw error("nests deeper than \(TemplateLimits.syntaxDepth) levels", .tooLarge)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  /// The same, in a part of the program of its own: unknown filters are errors.
  mutating func strictly<Result>(
    _ body: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    let before = isLenient
    isLenient = false
    defer { isLenient = before }
    return try body(&self)
  }

  mutating func leniently<Result>(
    _ body: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    let before = isLenient
    isLenient = true
    defer { isLenient = before }
    return try body(&self)
  }
}
