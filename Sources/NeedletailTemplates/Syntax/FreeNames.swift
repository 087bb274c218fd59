/// Which names a template reads from outside.
struct FreeNames {
  private(set) var names: Set<String> = []

  init(of statements: [Statement]) {
    var known: Set<String> = []
    visit(statements, &known)
  }

  /// - Parameter known: The names that have a value; those that the statements give one are added.
  private mutating func visit(_ statements: [Statement], _ known: inout Set<String>) {
    for statement in statements { visit(statement, &known) }
  }

  private mutating func visit(inner statements: [Statement], _ known: Set<String>, with names: [String] = []) {
    var inner = known.union(names)
    visit(statements, &inner)
  }

  private mutating func visit(_ statement: Statement, _ known: inout Set<String>) {
    switch statement.kind {
    case .text, .breakLoop, .continueLoop: break
    case .output(let expression): visit(expression, known)
    case .condition(let branches, let otherwise):
      var stored: Set<String> = []
      for branch in branches { visit(branch.test, known) }
      for body in branches.map(\.body) + [otherwise] {
        var inner = known
        visit(body, &inner)
        stored.formUnion(inner)
      }
      known.formUnion(stored)
    case .loop(let loop):
      visit(loop.values, known)
      let inside = known.union(loop.target.names).union(["loop"])
      if let condition = loop.condition { visit(condition, inside) }
      visit(inner: loop.body, inside)
      visit(inner: loop.otherwise, known)
    case .set(let target, let value):
      visit(value, known)
      visit(target, &known)
    case .setBlock(let target, let filter, let body):
      if let filter { visit(filter, known) }
      visit(inner: body, known)
      visit(target, &known)
    case .macro(let macro):
      known.insert(macro.name)
      visit(macro, known)
    case .call(let function, let arguments, let caller):
      visit(function, known)
      visit(arguments, known)
      visit(caller, known)
    case .filterBlock(let filter, let body):
      visit(filter, known)
      visit(inner: body, known)
    case .with(let values, let body):
      for (_, value) in values { visit(value, known) }
      visit(inner: body, known, with: values.flatMap(\.0.names))
    case .generation(let body): visit(inner: body, known)
    }
  }

  private mutating func visit(_ target: Statement.Target, _ known: inout Set<String>) {
    known.formUnion(target.names)
    if case .attribute(let name, _) = target { read(name, known) }
  }

  private mutating func visit(_ macro: Statement.Macro, _ known: Set<String>) {
    for parameter in macro.parameters { if let fallback = parameter.fallback { visit(fallback, known) } }
    visit(inner: macro.body, known, with: macro.parameters.map(\.name) + ["caller", "kwargs", "varargs"])
  }

  private mutating func read(_ name: String, _ known: Set<String>) {
    if !known.contains(name), TemplateFunction(rawValue: name) == nil { names.insert(name) }
  }

  private mutating func visit(_ arguments: Expression.Arguments, _ known: Set<String>) {
    let all = arguments.positional + arguments.named.map(\.value)
    for expression in all + [arguments.spread, arguments.namedSpread].compactMap(\.self) { visit(expression, known) }
  }

  private mutating func visit(_ expression: Expression, _ known: Set<String>) {
    switch expression.kind {
    case .constant: break
    case .name(let name): read(name, known)
    case .list(let items), .tuple(let items), .join(let items): for item in items { visit(item, known) }
    case .dictionary(let members):
      for member in members {
        visit(member.key, known)
        visit(member.value, known)
      }
    case .attribute(let value, _), .not(let value), .negative(let value), .positive(let value): visit(value, known)
    case .element(let one, let other), .arithmetic(_, let one, let other), .and(let one, let other),
      .or(let one, let other):
      visit(one, known)
      visit(other, known)
    case .slice(let value, let from, let to, let step):
      for part in [value, from, to, step].compactMap(\.self) { visit(part, known) }
    case .call(let function, let arguments):
      visit(function, known)
      visit(arguments, known)
    case .filter(let value, _, let arguments):
      if let value { visit(value, known) }
      visit(arguments, known)
    case .test(let value, _, let arguments):
      visit(value, known)
      visit(arguments, known)
    case .comparison(let first, let others):
      visit(first, known)
      for (_, other) in others { visit(other, known) }
    case .choice(let condition, let then, let otherwise):
      for part in [condition, then, otherwise].compactMap(\.self) { visit(part, known) }
    }
  }
}
