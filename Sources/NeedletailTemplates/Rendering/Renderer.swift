/// Executes one template once.
final class Renderer {
  let source: TemplateSource
  let limits: TemplateLimits
  let time: TemplateTime
  /// Where in the text is what is computed now.
  var place = 0
  private var work = 0
  private var depth = 0
  /// What may hold itself by way of a macro or an attribute, to be emptied at the end.
  private var scopes: [Scope] = []
  private var namespaces: [NamespaceObject] = []

  /// Bytes of text that cost a step.
  static let bytesPerStep = 8
  /// What an element of a list costs.
  private static let stepsPerElement = 8

  /// What a statement does to the loop around it.
  enum Flow { case goesOn, breaks, continues }

  init(_ source: TemplateSource, _ limits: TemplateLimits, _ time: TemplateTime) {
    (self.source, self.limits, self.time) = (source, limits, time)
  }

  /// The text of a template.
  func text(
    of statements: [Statement], _ variables: [(key: String, value: Value)]
  ) throws(TemplateError) -> String {
    defer {
      for scope in scopes { scope.values = [:] }
      for namespace in namespaces { namespace.attributes = [] }
    }
    let outermost = Scope(nil)
    for variable in variables { outermost.values[variable.key] = variable.value }
    var output = ""
    _ = try execute(statements, Scope(outermost), into: &output)
    return output
  }

  // MARK: Errors and costs

  func fail(_ message: String, _ code: TemplateError.Code = .evaluation) -> TemplateError {
    source.error(code, message, at: place)
  }

  func charge(_ steps: Int = 1) throws(TemplateError) {
    work += min(steps, limits.work)
    guard work <= limits.work else { throw fail("the template takes more than \(limits.work) steps", .tooLarge) }
  }

  /// Runs what may nest.
  func nested<Result>(_ body: () throws(TemplateError) -> Result) throws(TemplateError) -> Result {
    guard depth < limits.depth else { throw fail("nests deeper than \(limits.depth) levels", .tooLarge) }
    depth += 1
    defer { depth -= 1 }
    return try body()
  }

  func write(_ text: String, to output: inout String) throws(TemplateError) {
    try checkText(bytes: output.utf8.count + text.utf8.count)
    try charge(text.utf8.count / Self.bytesPerStep)
    output += text
  }

  func checkText(bytes: Int) throws(TemplateError) {
    guard bytes <= limits.textBytes else {
      throw fail("a text of more than \(limits.textBytes) bytes", .tooLarge)
    }
  }

  // MARK: Making values

  func string(_ text: String) throws(TemplateError) -> Value {
    try checkText(bytes: text.utf8.count)
    try charge(text.utf8.count / Self.bytesPerStep)
    return .string(text)
  }

  private func listObject(_ items: [Value]) throws(TemplateError) -> ListObject {
    try charge(items.count * Self.stepsPerElement)
    let list = ListObject(items)
    try checkDepth(list.depth)
    return list
  }

  func list(_ items: [Value]) throws(TemplateError) -> Value { .list(try listObject(items)) }
  func tuple(_ items: [Value]) throws(TemplateError) -> Value { .tuple(try listObject(items)) }

  func dictionary(_ entries: [(key: Value, value: Value)]) throws(TemplateError) -> Value {
    try charge(2 * entries.count * Self.stepsPerElement)
    var keys: [Key] = []
    for entry in entries { keys.append(try key(entry.key)) }
    let dictionary = DictionaryObject(entries, keys: keys)
    try checkDepth(dictionary.depth)
    return .dictionary(dictionary)
  }

  func checkDepth(_ depth: Int) throws(TemplateError) {
    guard depth <= TemplateLimits.valueDepth else {
      throw fail("values nest deeper than \(TemplateLimits.valueDepth) levels", .tooLarge)
    }
  }

  func iterator(
    over source: IteratorObject, _ pull: @escaping () throws(TemplateError) -> Value?
  ) throws(TemplateError) -> Value {
    try checkDepth(source.depth + 1)
    return .iterator(IteratorObject(depth: source.depth + 1, pull))
  }

  func namespace() throws(TemplateError) -> NamespaceObject {
    try charge(Self.stepsPerElement)
    let namespace = NamespaceObject()
    namespaces.append(namespace)
    return namespace
  }

  func macro(_ definition: Statement.Macro, _ scope: Scope) throws(TemplateError) -> MacroObject {
    try charge(Self.stepsPerElement)
    scopes.append(scope)
    return MacroObject(definition, scope)
  }

  /// What a dictionary finds a value by.
  func key(_ value: Value) throws(TemplateError) -> Key {
    switch value {
    case .null: return .null
    case .undefined: return .undefined
    case .boolean(let value): return .integer(value ? 1 : 0)
    case .integer(let value): return .integer(value)
    case .double(let value): return Int(exactly: value).map { .integer($0) } ?? .double(value)
    case .string(let text):
      try charge(text.utf8.count / Self.bytesPerStep)
      return .string(text)
    case .tuple(let tuple):
      try charge(tuple.weight)
      var keys: [Key] = []
      for item in tuple.items { keys.append(try key(item)) }
      return .tuple(keys)
    default: throw fail("a \(value.typeName) cannot be a key")
    }
  }
}
