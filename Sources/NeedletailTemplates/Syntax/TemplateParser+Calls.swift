/// What stands after a value: elements, calls, filters and tests.
extension TemplateParser {
  mutating func postfix(_ value: Expression) throws(TemplateError) -> Expression {
    var value = value
    var length = 0
    while true {
      switch token.kind {
      case .sign(.dot): value = try attribute(of: value)
      case .sign(.openBracket): value = try element(of: value)
      case .sign(.openParenthesis): value = try call(value)
      default: return value
      }
      try bound(&length)
    }
  }

  mutating func filtered(_ value: Expression) throws(TemplateError) -> Expression {
    var value = value
    var length = 0
    while true {
      switch token.kind {
      case .sign(.bar): value = try filter(value)
      case .name("is"): value = try test(value)
      case .sign(.openParenthesis): value = try call(value)
      default: return value
      }
      try bound(&length)
    }
  }

  /// Chains nest in the tree as deep as they are long.
  func bound(_ length: inout Int) throws(TemplateError) {
    length += 1
    guard length <= TemplateLimits.syntaxDepth else {
      throw error("more than \(TemplateLimits.syntaxDepth) operators or filters in a row", .tooLarge)
    }
  }

  private mutating func attribute(of value: Expression) throws(TemplateError) -> Expression {
    let offset = advance().offset
    switch token.kind {
    case .name(let name):
      advance()
      return Expression(kind: .attribute(value, name), offset: offset)
    case .integer(let index):
      let number = Expression(kind: .constant(.integer(index)), offset: advance().offset)
      return Expression(kind: .element(value, number), offset: offset)
    default: throw error("expected a name or number, found \(token.name)")
    }
  }

  private mutating func element(of value: Expression) throws(TemplateError) -> Expression {
    let offset = advance().offset
    if isAt(.colon) { return try slice(of: value, from: nil, offset) }
    if isAt(.closeBracket) {
      advance()
      return Expression(kind: .element(value, Expression(kind: .tuple([]), offset: offset)), offset: offset)
    }
    var keys = [try expression()]
    if isAt(.colon) { return try slice(of: value, from: keys[0], offset) }
    var isTuple = false
    while skip(.comma) {
      isTuple = true
      keys.append(try expression())
    }
    try expect(.closeBracket)
    let key = isTuple ? Expression(kind: .tuple(keys), offset: offset) : keys[0]
    return Expression(kind: .element(value, key), offset: offset)
  }

  private mutating func slice(
    of value: Expression, from: Expression?, _ offset: Int
  ) throws(TemplateError) -> Expression {
    try expect(.colon)
    var to: Expression?
    var step: Expression?
    if !isAt(.colon), !isAt(.closeBracket) { to = try expression() }
    if skip(.colon), !isAt(.closeBracket) { step = try expression() }
    guard !isAt(.comma) else { throw error("several slices at once are not supported", .unsupported) }
    try expect(.closeBracket)
    return Expression(kind: .slice(value, from: from, to: to, step: step), offset: offset)
  }

  private mutating func call(_ function: Expression) throws(TemplateError) -> Expression {
    let offset = offset
    return Expression(kind: .call(function, try arguments()), offset: offset)
  }

  mutating func arguments() throws(TemplateError) -> Expression.Arguments {
    let start = offset
    try expect(.openParenthesis)
    var arguments = Expression.Arguments()
    var isFirst = true
    while !isAt(.closeParenthesis) {
      if !isFirst {
        try expect(.comma)
        if isAt(.closeParenthesis) { break }
      }
      isFirst = false
      var isRight = arguments.namedSpread == nil
      if skip(.multiply) {
        isRight = isRight && arguments.spread == nil
        arguments.spread = try expression()
      } else if skip(.power) {
        arguments.namedSpread = try expression()
      } else if case .name(let name) = token.kind, next.kind == .sign(.assign) {
        advance()
        advance()
        arguments.named.append((name, try expression()))
      } else {
        isRight = isRight && arguments.spread == nil && arguments.named.isEmpty
        arguments.positional.append(try expression())
      }
      guard isRight else { throw error("the arguments of a call are out of order", at: start) }
    }
    try expect(.closeParenthesis)
    if let twice = Dictionary(grouping: arguments.named, by: \.name).first(where: { $0.value.count > 1 }) {
      throw error("the argument \"\(twice.key)\" is given twice", at: start)
    }
    return arguments
  }

  /// Filters, one after another.
  ///
  /// - Parameter value: `nil` for what a block holds; then the first needs no bar.
  mutating func filters(_ value: Expression?, startsInline: Bool) throws(TemplateError) -> Expression? {
    var value = value
    if startsInline { value = try namedFilter(value) }
    var length = 0
    while isAt(.bar) {
      value = try filter(value)
      try bound(&length)
    }
    return value
  }

  private mutating func filter(_ value: Expression?) throws(TemplateError) -> Expression {
    try expect(.bar)
    return try namedFilter(value)
  }

  private mutating func dottedName() throws(TemplateError) -> String {
    var name = try expectName()
    while skip(.dot) { name += "." + (try expectName()) }
    return name
  }

  private mutating func namedFilter(_ value: Expression?) throws(TemplateError) -> Expression {
    let offset = offset
    let name = try dottedName()
    if TemplateFilter.markups.contains(name) {
      guard takesMarkup else {
        throw error("the filter \"\(name)\" is supported only as the last of what is printed", .unsupported, at: offset)
      }
      markups += 1
    }
    if !isLenient { try check(name, TemplateFilter(rawValue: name) != nil, "filter", TemplateFilter.missing, offset) }
    let arguments = isAt(.openParenthesis) ? try arguments() : .init()
    return Expression(kind: .filter(value, name, arguments), offset: offset)
  }

  private mutating func test(_ value: Expression) throws(TemplateError) -> Expression {
    let offset = advance().offset
    let isNegated = skip(word: "not")
    let name = try dottedName()
    if !isLenient { try check(name, TemplateTest(rawValue: name) != nil, "test", TemplateTest.missing, offset) }
    var arguments = Expression.Arguments()
    switch token.kind {
    case .sign(.openParenthesis): arguments = try self.arguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw error("a test cannot follow a test")
    case .name, .string, .integer, .double, .sign(.openBracket), .sign(.openBrace):
      let argument = try nested { (parser) throws(TemplateError) in try parser.postfix(parser.primary()) }
      arguments.positional = [argument]
    default: break
    }
    let test = Expression(kind: .test(value, name, arguments), offset: offset)
    return isNegated ? Expression(kind: .not(test), offset: offset) : test
  }

  private func check(
    _ name: String, _ isKnown: Bool, _ what: String, _ missing: Set<String>, _ offset: Int
  ) throws(TemplateError) {
    guard !isKnown else { return }
    if missing.contains(name) { throw error("the \(what) \"\(name)\" is not supported", .unsupported, at: offset) }
    throw error("there is no \(what) \"\(name)\"", at: offset)
  }
}
