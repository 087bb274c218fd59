/// Statements and the text between them.
extension TemplateParser {
  /// Statements up to a tag that begins with one of the words, which is left to be read; all of them without words.
  mutating func statements(until words: [String]) throws(TemplateError) -> [Statement] {
    var statements: [Statement] = []
    while true {
      let offset = offset
      switch token.kind {
      case .text(let text):
        advance()
        statements.append(Statement(kind: .text(text), offset: offset))
      case .outputBegin:
        advance()
        statements.append(Statement(kind: .output(try printed()), offset: offset))
        try expect(.outputEnd)
      case .blockBegin:
        if case .name(let word) = next.kind, words.contains(word) {
          advance()
          return statements
        }
        advance()
        let parsed = try nested { (parser) throws(TemplateError) in try parser.statement() }
        statements += parsed
        try expect(.blockEnd)
      case .end:
        guard words.isEmpty else {
          throw error("the template ends before \"\(words.joined(separator: "\" or \""))\"")
        }
        return statements
      default: throw unexpected()
      }
    }
  }

  /// What stands between `{{` and `}}`.
  private mutating func printed() throws(TemplateError) -> Expression {
    let offset = offset
    (takesMarkup, markups) = (true, 0)
    defer { takesMarkup = false }
    let value = try tuple()
    var last = 0
    var inner: Expression? = value
    while case .filter(let operand, let name, _) = inner?.kind, TemplateFilter.markups.contains(name) {
      last += 1
      inner = operand
    }
    guard last == markups else {
      throw error("\"safe\" and \"escape\" are supported only as the last of what is printed", .unsupported, at: offset)
    }
    return value
  }

  /// The rest of a tag, and statements up to one of the words, which is left to be read.
  private mutating func body(until words: String...) throws(TemplateError) -> [Statement] {
    _ = skip(.colon)
    try expect(.blockEnd)
    return try statements(until: words)
  }

  /// The same, past the word.
  private mutating func body(to word: String) throws(TemplateError) -> [Statement] {
    let statements = try body(until: word)
    advance()
    return statements
  }

  private mutating func statement() throws(TemplateError) -> [Statement] {
    let offset = offset
    let word = try expectName()
    let kind: Statement.Kind
    switch word {
    case "for": kind = try loop()
    case "if": kind = try condition()
    case "set": kind = try set()
    case "macro": kind = .macro(try macro())
    case "call": kind = try call()
    case "filter": kind = try filterBlock()
    case "with": kind = try with()
    case "generation":
      kind = .generation(try separately { (parser) throws(TemplateError) in try parser.body(to: "endgeneration") })
    case "print": return try outputs()
    case "break", "continue":
      guard loops > 0 else { throw error("\"\(word)\" stands outside of a loop", at: offset) }
      kind = word == "break" ? .breakLoop : .continueLoop
    case "include", "import", "from", "extends", "block", "autoescape":
      throw error("\"\(word)\" is not supported in a chat template", .unsupported, at: offset)
    default: throw error("unknown tag \"\(word)\"", at: offset)
    }
    return [Statement(kind: kind, offset: offset)]
  }

  private mutating func outputs() throws(TemplateError) -> [Statement] {
    var statements: [Statement] = []
    while token.kind != .blockEnd {
      if !statements.isEmpty { try expect(.comma) }
      let offset = offset
      statements.append(Statement(kind: .output(try expression()), offset: offset))
    }
    return statements
  }

  private mutating func condition() throws(TemplateError) -> Statement.Kind {
    var branches: [(test: Expression, body: [Statement])] = []
    var word = ""
    repeat {
      let branch = try leniently { (parser) throws(TemplateError) in
        (try parser.tuple(takesChoice: false), try parser.body(until: "elif", "else", "endif"))
      }
      branches.append(branch)
      word = try expectName()
    } while word == "elif"
    let otherwise =
      word == "else" ? try leniently { (parser) throws(TemplateError) in try parser.body(to: "endif") } : []
    return .condition(branches, otherwise: otherwise)
  }

  private mutating func loop() throws(TemplateError) -> Statement.Kind {
    let target = try target(until: "in")
    guard skip(word: "in") else { throw error("expected \"in\", found \(token.name)") }
    let values = try tuple(takesChoice: false, until: "recursive")
    let filter: Expression? = skip(word: "if") ? try expression() : nil
    guard !isAt(word: "recursive") else { throw error("recursive loops are not supported", .unsupported) }
    loops += 1
    defer { loops -= 1 }
    let body = try strictly { (parser) throws(TemplateError) in try parser.body(until: "endfor", "else") }
    guard try expectName() == "else" else {
      return .loop(.init(target: target, values: values, condition: filter, body: body, otherwise: []))
    }
    loops -= 1
    defer { loops += 1 }
    let otherwise = try strictly { (parser) throws(TemplateError) in try parser.body(to: "endfor") }
    return .loop(.init(target: target, values: values, condition: filter, body: body, otherwise: otherwise))
  }

  private mutating func set() throws(TemplateError) -> Statement.Kind {
    let target = try target(until: nil, takesAttributes: true)
    if skip(.assign) { return .set(target, try tuple()) }
    let filter = try filters(nil, startsInline: false)
    return .setBlock(
      target, filter: filter, body: try strictly { (parser) throws(TemplateError) in try parser.body(to: "endset") })
  }

  private mutating func filterBlock() throws(TemplateError) -> Statement.Kind {
    guard let filter = try filters(nil, startsInline: true) else { throw unexpected() }
    return .filterBlock(
      filter, body: try strictly { (parser) throws(TemplateError) in try parser.body(to: "endfilter") })
  }

  private mutating func with() throws(TemplateError) -> Statement.Kind {
    var values: [(Statement.Target, Expression)] = []
    while token.kind != .blockEnd {
      if !values.isEmpty { try expect(.comma) }
      let target = try target(until: nil)
      try expect(.assign)
      values.append((target, try expression()))
    }
    return .with(values, body: try strictly { (parser) throws(TemplateError) in try parser.body(to: "endwith") })
  }

  /// What a value is given to: a name, names with commas between, or an attribute of a namespace.
  private mutating func target(
    until end: String?, takesAttributes: Bool = false
  ) throws(TemplateError) -> Statement.Target {
    var targets: [Statement.Target] = []
    var hasComma = false
    while !endsTuple(end) {
      targets.append(try oneTarget(takesAttributes: takesAttributes))
      guard skip(.comma) else { break }
      hasComma = true
    }
    if !hasComma, let only = targets.first { return only }
    guard hasComma else { throw error("expected a name, found \(token.name)") }
    return .tuple(targets)
  }

  private mutating func oneTarget(takesAttributes: Bool) throws(TemplateError) -> Statement.Target {
    if skip(.openParenthesis) {
      let inner = try nested { (parser) throws(TemplateError) in try parser.target(until: nil) }
      try expect(.closeParenthesis)
      return inner
    }
    let offset = offset
    let name = try expectName()
    guard !["true", "True", "false", "False", "none", "None"].contains(name) else {
      throw error("\"\(name)\" cannot be given a value", at: offset)
    }
    if takesAttributes, skip(.dot) {
      if !reads.isEmpty { reads[reads.count - 1].insert(name) }
      return .attribute(of: name, try expectName())
    }
    return .name(name)
  }
}
