/// Expressions, from those that bind least to those that bind most.
extension TemplateParser {
  /// - Parameter takesChoice: Whether `a if b else c` is an expression here.
  mutating func expression(takesChoice: Bool = true) throws(TemplateError) -> Expression {
    try nested { (parser) throws(TemplateError) in try takesChoice ? parser.choice() : parser.or() }
  }

  private mutating func choice() throws(TemplateError) -> Expression {
    var left = try or()
    var length = 0
    while isAt(word: "if") {
      let offset = advance().offset
      let condition = try leniently { (parser) throws(TemplateError) in try parser.or() }
      var otherwise: Expression?
      if skip(word: "else") { otherwise = try nested { (parser) throws(TemplateError) in try parser.choice() } }
      left = Expression(kind: .choice(condition: condition, then: left, otherwise: otherwise), offset: offset)
      try bound(&length)
    }
    return left
  }

  private mutating func or() throws(TemplateError) -> Expression {
    var left = try and()
    var length = 0
    while isAt(word: "or") {
      let offset = advance().offset
      left = Expression(kind: .or(left, try and()), offset: offset)
      try bound(&length)
    }
    return left
  }

  private mutating func and() throws(TemplateError) -> Expression {
    var left = try not()
    var length = 0
    while isAt(word: "and") {
      let offset = advance().offset
      left = Expression(kind: .and(left, try not()), offset: offset)
      try bound(&length)
    }
    return left
  }

  private mutating func not() throws(TemplateError) -> Expression {
    guard isAt(word: "not") else { return try comparison() }
    let offset = advance().offset
    return Expression(kind: .not(try nested { (parser) throws(TemplateError) in try parser.not() }), offset: offset)
  }

  private static let comparisons: [TemplateToken.Sign: Expression.Comparison] = [
    .equal: .equal, .notEqual: .notEqual, .less: .less, .atMost: .atMost, .greater: .greater, .atLeast: .atLeast,
  ]

  private mutating func comparison() throws(TemplateError) -> Expression {
    let offset = offset
    let left = try sum()
    var others: [(Expression.Comparison, Expression)] = []
    while true {
      if case .sign(let sign) = token.kind, let comparison = Self.comparisons[sign] {
        advance()
        others.append((comparison, try sum()))
      } else if skip(word: "in") {
        others.append((.isIn, try sum()))
      } else if isAt(word: "not"), next.kind == .name("in") {
        advance()
        advance()
        others.append((.isNotIn, try sum()))
      } else {
        return others.isEmpty ? left : Expression(kind: .comparison(left, others), offset: offset)
      }
    }
  }

  private mutating func sum() throws(TemplateError) -> Expression {
    var left = try joined()
    var length = 0
    while case .sign(let sign) = token.kind, sign == .add || sign == .subtract {
      let offset = advance().offset
      left = Expression(kind: .arithmetic(sign, left, try joined()), offset: offset)
      try bound(&length)
    }
    return left
  }

  private mutating func joined() throws(TemplateError) -> Expression {
    let offset = offset
    var parts = [try product()]
    while skip(.join) { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : Expression(kind: .join(parts), offset: offset)
  }

  private mutating func product() throws(TemplateError) -> Expression {
    var left = try power()
    var length = 0
    while case .sign(let sign) = token.kind, [.multiply, .divide, .floorDivide, .remainder].contains(sign) {
      let offset = advance().offset
      left = Expression(kind: .arithmetic(sign, left, try power()), offset: offset)
      try bound(&length)
    }
    return left
  }

  private mutating func power() throws(TemplateError) -> Expression {
    var left = try unary()
    var length = 0
    while isAt(.power) {
      let offset = advance().offset
      left = Expression(kind: .arithmetic(.power, left, try unary()), offset: offset)
      try bound(&length)
    }
    return left
  }

  /// - Parameter takesFilters: Filters after a sign belong to what the sign made.
  private mutating func unary(takesFilters: Bool = true) throws(TemplateError) -> Expression {
    let offset = offset
    var expression: Expression
    if isAt(.subtract) || isAt(.add) {
      let isNegative = advance().kind == .sign(.subtract)
      let operand = try nested { (parser) throws(TemplateError) in try parser.unary(takesFilters: false) }
      expression = Expression(kind: isNegative ? .negative(operand) : .positive(operand), offset: offset)
    } else {
      expression = try primary()
    }
    expression = try postfix(expression)
    return takesFilters ? try filtered(expression) : expression
  }

  private static let constants: [String: Expression.Constant] = [
    "true": .boolean(true), "True": .boolean(true), "false": .boolean(false), "False": .boolean(false),
    "none": .null, "None": .null,
  ]

  mutating func primary() throws(TemplateError) -> Expression {
    let offset = offset
    switch token.kind {
    case .name(let name):
      advance()
      if let constant = Self.constants[name] { return Expression(kind: .constant(constant), offset: offset) }
      if !reads.isEmpty { reads[reads.count - 1].insert(name) }
      return Expression(kind: .name(name), offset: offset)
    case .string(var text):
      advance()
      while case .string(let more) = token.kind {
        text += more
        advance()
      }
      return Expression(kind: .constant(.string(text)), offset: offset)
    case .integer(let value):
      advance()
      return Expression(kind: .constant(.integer(value)), offset: offset)
    case .double(let value):
      advance()
      return Expression(kind: .constant(.double(value)), offset: offset)
    case .sign(.openParenthesis):
      advance()
      let inner = try tuple(isEnclosed: true)
      try expect(.closeParenthesis)
      return inner
    case .sign(.openBracket): return Expression(kind: .list(try list()), offset: offset)
    case .sign(.openBrace): return Expression(kind: .dictionary(try dictionary()), offset: offset)
    default: throw unexpected()
    }
  }

  /// Expressions with commas between; one without a comma is itself.
  ///
  /// - Parameters:
  ///   - end: A word that ends them.
  ///   - isEnclosed: Whether they stand in parentheses, and there may be none.
  mutating func tuple(
    takesChoice: Bool = true, until end: String? = nil, isEnclosed: Bool = false
  ) throws(TemplateError) -> Expression {
    let offset = offset
    var elements: [Expression] = []
    var hasComma = false
    while !endsTuple(end) {
      elements.append(try expression(takesChoice: takesChoice))
      guard skip(.comma) else { break }
      hasComma = true
    }
    if !hasComma, let only = elements.first { return only }
    guard hasComma || isEnclosed else { throw error("expected an expression, found \(token.name)") }
    return Expression(kind: .tuple(elements), offset: offset)
  }

  func endsTuple(_ word: String?) -> Bool {
    switch token.kind {
    case .outputEnd, .blockEnd, .sign(.closeParenthesis): true
    case .name(let name): name == word
    default: false
    }
  }

  private mutating func list() throws(TemplateError) -> [Expression] {
    try expect(.openBracket)
    var elements: [Expression] = []
    while !isAt(.closeBracket) {
      if !elements.isEmpty {
        try expect(.comma)
        if isAt(.closeBracket) { break }
      }
      elements.append(try expression())
    }
    try expect(.closeBracket)
    return elements
  }

  private mutating func dictionary() throws(TemplateError) -> [(key: Expression, value: Expression)] {
    try expect(.openBrace)
    var members: [(key: Expression, value: Expression)] = []
    while !isAt(.closeBrace) {
      if !members.isEmpty {
        try expect(.comma)
        if isAt(.closeBrace) { break }
      }
      let key = try expression()
      try expect(.colon)
      members.append((key, try expression()))
    }
    try expect(.closeBrace)
    return members
  }
}
