extension Renderer {
  /// The value of an expression.
  ///
  /// - Parameter body: What the block around a filter without a value holds.
  func evaluate(_ expression: Expression, _ scope: Scope, body: Value? = nil) throws(TemplateError) -> Value {
    place = expression.offset
    try charge()
    switch expression.kind {
    case .constant(let constant): return Self.value(of: constant)
    case .name(let name): return lookUp(name, scope)
    default: return try nested { () throws(TemplateError) in try evaluateDeep(expression, scope, body) }
    }
  }

  private static func value(of constant: Expression.Constant) -> Value {
    switch constant {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .double(let value): .double(value)
    case .string(let text): .string(text)
    }
  }

  private func lookUp(_ name: String, _ scope: Scope) -> Value {
    scope.value(name) ?? TemplateFunction(rawValue: name).map { .function($0) }
      ?? .undefined(Undefined(message: "\"\(name)\" is undefined"))
  }

  private func evaluateDeep(
    _ expression: Expression, _ scope: Scope, _ body: Value?
  ) throws(TemplateError) -> Value {
    switch expression.kind {
    case .list(let items): return try list(try values(items, scope))
    case .tuple(let items): return try tuple(try values(items, scope))
    case .dictionary(let members): return try evaluate(members, scope)
    case .attribute, .element, .slice: return try evaluatePart(expression, scope)
    case .call, .filter, .test: return try evaluateCall(expression, scope, body)
    case .arithmetic(let sign, let left, let right):
      let (left, right) = (try evaluate(left, scope), try evaluate(right, scope))
      place = expression.offset
      return try compute(sign, left, right)
    case .join(let parts):
      var text = ""
      for part in parts { try write(str(try evaluate(part, scope)), to: &text) }
      return .string(text)
    default: return try evaluateLogic(expression, scope)
    }
  }

  private func evaluateLogic(_ expression: Expression, _ scope: Scope) throws(TemplateError) -> Value {
    switch expression.kind {
    case .not(let operand): return .boolean(!(try evaluate(operand, scope).isTrue))
    case .negative(let operand):
      let value = try evaluate(operand, scope)
      place = expression.offset
      return try negate(value)
    case .positive(let operand):
      let value = try evaluate(operand, scope)
      place = expression.offset
      guard value.number != nil else { throw fail("a \(value.typeName) has no sign") }
      return value.integer.map { .integer($0) } ?? value
    case .and(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? try evaluate(right, scope) : value
    case .or(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? value : try evaluate(right, scope)
    case .comparison(let first, let others): return try compare(first, others, scope, expression.offset)
    case .choice(let condition, let then, let otherwise):
      if try evaluate(condition, scope).isTrue { return try evaluate(then, scope) }
      guard let otherwise else {
        return .undefined(Undefined(message: "the condition is false and there is no \"else\""))
      }
      return try evaluate(otherwise, scope)
    default: preconditionFailure("all kinds of expressions are evaluated")
    }
  }

  private func values(_ expressions: [Expression], _ scope: Scope) throws(TemplateError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression, scope)) }
    return values
  }

  private func evaluate(
    _ members: [(key: Expression, value: Expression)], _ scope: Scope
  ) throws(TemplateError) -> Value {
    var entries: [(key: Value, value: Value)] = []
    for member in members {
      let key = try evaluate(member.key, scope)
      entries.append((key, try evaluate(member.value, scope)))
    }
    return try dictionary(entries)
  }

  private func evaluatePart(_ expression: Expression, _ scope: Scope) throws(TemplateError) -> Value {
    switch expression.kind {
    case .attribute(let value, let name):
      let value = try evaluate(value, scope)
      place = expression.offset
      return try attribute(name, of: value)
    case .element(let value, let key):
      let value = try evaluate(value, scope)
      let key = try evaluate(key, scope)
      place = expression.offset
      return try element(key, of: value)
    case .slice(let value, let from, let to, let step):
      let value = try evaluate(value, scope)
      var bounds: [Int?] = []
      for bound in [from, to, step] {
        let bound = try bound.map { (bound) throws(TemplateError) in try evaluate(bound, scope) } ?? .null
        guard bound.isNull || bound.integer != nil else { throw fail("a slice takes whole numbers") }
        bounds.append(bound.integer)
      }
      place = expression.offset
      return try slice(of: value, from: bounds[0], to: bounds[1], step: bounds[2])
    default: preconditionFailure("only parts of values are asked for")
    }
  }

  private func evaluateCall(
    _ expression: Expression, _ scope: Scope, _ body: Value?
  ) throws(TemplateError) -> Value {
    switch expression.kind {
    case .call(let function, let arguments):
      let callee = try evaluate(function, scope)
      let arguments = try evaluate(arguments, scope)
      place = expression.offset
      return try call(callee, arguments)
    case .filter(let operand, let name, let arguments):
      let value = try operand.map { (operand) throws(TemplateError) in try evaluate(operand, scope, body: body) }
      let arguments = try evaluate(arguments, scope)
      place = expression.offset
      return try apply(filter: name, to: value ?? body ?? .null, arguments)
    case .test(let operand, let name, let arguments):
      let value = try evaluate(operand, scope)
      let arguments = try evaluate(arguments, scope)
      place = expression.offset
      return .boolean(try holds(test: name, of: value, arguments))
    default: preconditionFailure("only calls are made")
    }
  }

  func evaluate(_ arguments: Expression.Arguments, _ scope: Scope) throws(TemplateError) -> CallArguments {
    var result = CallArguments(positional: try values(arguments.positional, scope))
    for (name, value) in arguments.named { result.named.append((name, try evaluate(value, scope))) }
    if let spread = arguments.spread { result.positional += try elements(of: try evaluate(spread, scope)) }
    if let spread = arguments.namedSpread {
      guard case .dictionary(let members) = try evaluate(spread, scope) else { throw fail("** needs a dictionary") }
      for member in members.entries {
        guard case .string(let name) = member.key, !result.named.contains(where: { $0.name == name }) else {
          throw fail("** needs names, each once")
        }
        result.named.append((name, member.value))
      }
    }
    return result
  }

  private func compare(
    _ first: Expression, _ others: [(Expression.Comparison, Expression)], _ scope: Scope, _ offset: Int
  ) throws(TemplateError) -> Value {
    var left = try evaluate(first, scope)
    for (comparison, other) in others {
      let right = try evaluate(other, scope)
      place = offset
      guard try holds(comparison, left, right) else { return .boolean(false) }
      left = right
    }
    return .boolean(true)
  }
}
