extension Renderer {
  /// Executes statements in a scope and adds what they write.
  func execute(
    _ statements: [Statement], _ scope: Scope, into output: inout String
  ) throws(TemplateError) -> Flow {
    for statement in statements {
      let flow = try execute(statement, scope, into: &output)
      if flow != .goesOn { return flow }
    }
    return .goesOn
  }

  private func execute(
    _ statement: Statement, _ scope: Scope, into output: inout String
  ) throws(TemplateError) -> Flow {
    place = statement.offset
    try charge()
    switch statement.kind {
    case .text(let text): try write(text, to: &output)
    case .output(let expression):
      let value = try evaluate(expression, scope)
      if !value.isUndefined { try write(str(value), to: &output) }
    case .condition(let branches, let otherwise):
      return try nested { () throws(TemplateError) in
        try execute(try branch(branches, otherwise, scope), scope, into: &output)
      }
    case .loop(let loop): return try nested { () throws(TemplateError) in try execute(loop, scope, into: &output) }
    case .set(let target, let value): try assign(try evaluate(value, scope), to: target, scope)
    case .macro(let macro): scope.values[macro.name] = .macro(try self.macro(macro, scope))
    case .call(let function, let arguments, let caller):
      var arguments = try evaluate(arguments, scope)
      arguments.named.append(("caller", .macro(try macro(caller, scope))))
      let callee = try evaluate(function, scope)
      place = statement.offset
      try write(str(try call(callee, arguments)), to: &output)
    case .generation(let body):
      var text = ""
      _ = try nested { () throws(TemplateError) in try execute(body, Scope(scope), into: &text) }
      try write(text, to: &output)
    case .setBlock, .filterBlock, .with:
      return try nested { () throws(TemplateError) in try executeBlock(statement, scope, into: &output) }
    case .breakLoop: return .breaks
    case .continueLoop: return .continues
    }
    return .goesOn
  }

  /// Statements whose body has a scope of its own.
  private func executeBlock(
    _ statement: Statement, _ scope: Scope, into output: inout String
  ) throws(TemplateError) -> Flow {
    let inner = Scope(scope)
    var text = ""
    switch statement.kind {
    case .setBlock(let target, let filter, let body):
      let flow = try execute(body, inner, into: &text)
      guard flow == .goesOn else { return flow }
      let value = try filter.map { (filter) throws(TemplateError) in try evaluate(filter, inner, body: .string(text)) }
      try assign(value ?? .string(text), to: target, scope)
    case .filterBlock(let filter, let body):
      let flow = try execute(body, inner, into: &text)
      guard flow == .goesOn else { return flow }
      try write(str(try evaluate(filter, inner, body: .string(text))), to: &output)
    case .with(let values, let body):
      var given: [(Statement.Target, Value)] = []
      for (target, value) in values { given.append((target, try evaluate(value, scope))) }
      for (target, value) in given { try assign(value, to: target, inner) }
      return try execute(body, inner, into: &output)
    default: break
    }
    return .goesOn
  }

  private func branch(
    _ branches: [(test: Expression, body: [Statement])], _ otherwise: [Statement], _ scope: Scope
  ) throws(TemplateError) -> [Statement] {
    for branch in branches where try evaluate(branch.test, scope).isTrue { return branch.body }
    return otherwise
  }

  private func execute(
    _ loop: Statement.Loop, _ scope: Scope, into output: inout String
  ) throws(TemplateError) -> Flow {
    var items = try elements(of: try evaluate(loop.values, scope))
    if let condition = loop.condition {
      var kept: [Value] = []
      for item in items {
        let inner = Scope(scope)
        try assign(item, to: loop.target, inner)
        if try evaluate(condition, inner).isTrue { kept.append(item) }
      }
      items = kept
    }
    guard !items.isEmpty else { return try execute(loop.otherwise, Scope(scope), into: &output) }
    let depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
    try checkDepth(depth)
    let state = LoopObject(items, depth: depth)
    for (index, item) in items.enumerated() {
      try charge()
      state.index = index
      let inner = Scope(scope)
      inner.values["loop"] = .loop(state)
      try assign(item, to: loop.target, inner)
      if try execute(loop.body, inner, into: &output) == .breaks { break }
    }
    return .goesOn
  }

  func assign(_ value: Value, to target: Statement.Target, _ scope: Scope) throws(TemplateError) {
    switch target {
    case .name(let name): scope.values[name] = value
    case .attribute(let name, let attribute):
      guard case .namespace(let namespace) = scope.value(name) else {
        throw fail("\"\(name)\" is no namespace; only a namespace's attributes can be given a value")
      }
      try check(attribute)
      namespace[attribute] = value
    case .tuple(let targets):
      let values = try elements(of: value)
      guard values.count == targets.count else {
        throw fail("\(values.count) values for \(targets.count) names")
      }
      for (value, target) in zip(values, targets) { try assign(value, to: target, scope) }
    }
  }

  /// Attributes of namespaces do not begin with an underscore, as transformers has it.
  func check(_ attribute: String) throws(TemplateError) {
    guard !attribute.hasPrefix("_") else { throw fail("a namespace takes no attribute \"\(attribute)\"") }
  }
}
