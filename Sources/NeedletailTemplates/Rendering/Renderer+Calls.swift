/// Calls of macros, methods and functions.
extension Renderer {
  func call(_ callee: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    switch callee {
    case .undefined(let undefined): throw fail(undefined.message)
    case .macro(let macro): return .string(try call(macro, arguments))
    case .function(let function): return try call(function, arguments)
    case .method(let method): return try call(method, arguments)
    case .joiner(let joiner):
      _ = try bind(arguments, to: "a joiner", [])
      defer { joiner.isUsed = true }
      return joiner.isUsed ? joiner.separator : .string("")
    default: throw fail("a \(callee.typeName) cannot be called")
    }
  }

  /// What a macro writes.
  private func call(_ macro: MacroObject, _ arguments: CallArguments) throws(TemplateError) -> String {
    let definition = macro.definition
    let name = definition.name.isEmpty ? "the body of a call" : "the macro \"\(definition.name)\""
    let scope = Scope(macro.scope)
    var arguments = arguments
    for (index, parameter) in definition.parameters.enumerated() {
      if index < arguments.positional.count {
        scope.values[parameter.name] = arguments.positional[index]
      } else if let value = arguments.take(parameter.name) {
        scope.values[parameter.name] = value
      }
    }
    let takesCaller = definition.parameters.contains { $0.name == "caller" }
    if definition.takesCaller, !takesCaller {
      scope.values["caller"] = arguments.take("caller") ?? .undefined(Undefined(message: "there is no caller"))
    }
    if definition.takesNamed {
      scope.values["kwargs"] = try dictionary(arguments.named.map { (.string($0.name), $0.value) })
    } else if let other = arguments.named.first {
      throw fail("\(name) takes no argument \"\(other.name)\"")
    }
    let more = arguments.positional.dropFirst(definition.parameters.count)
    if definition.takesMore {
      scope.values["varargs"] = try tuple(Array(more))
    } else if !more.isEmpty {
      throw fail("\(name) takes at most \(definition.parameters.count) arguments")
    }
    for parameter in definition.parameters where scope.values[parameter.name] == nil {
      let missing = Value.undefined(Undefined(message: "the parameter \"\(parameter.name)\" was not given"))
      scope.values[parameter.name] =
        try parameter.fallback.map { (fallback) throws(TemplateError) in try evaluate(fallback, scope) } ?? missing
    }
    var output = ""
    _ = try nested { () throws(TemplateError) in try execute(definition.body, scope, into: &output) }
    return output
  }

  private func call(_ method: MethodObject, _ arguments: CallArguments) throws(TemplateError) -> Value {
    switch method.receiver {
    case .string(let text):
      guard let name = TextMethod(rawValue: method.name) else { break }
      return try call(name, of: text, arguments)
    case .dictionary(let dictionary): return try call(method.name, of: dictionary, arguments)
    case .list(let list), .tuple(let list): return try call(method, of: list, arguments)
    case .loop(let loop): return try call(method.name, of: loop, arguments)
    case .cycler(let cycler):
      _ = try bind(arguments, to: method.name, [])
      defer { cycler.position = method.name == "reset" ? 0 : (cycler.position + 1) % cycler.items.items.count }
      return method.name == "reset" ? .null : cycler.items.items[cycler.position]
    default: break
    }
    throw fail("a \(method.receiver.typeName) has no method \"\(method.name)\"")
  }

  private func call(
    _ name: String, of dictionary: DictionaryObject, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    if name == "get" {
      let values = try bind(arguments, to: "get", ["key", "default"], required: 1, takesNames: false)
      return dictionary[try key(values[0] ?? .null)] ?? values[1] ?? .null
    }
    _ = try bind(arguments, to: name, [])
    if let kind = ViewObject.Kind(rawValue: name) { return .view(ViewObject(kind: kind, dictionary: dictionary)) }
    return .dictionary(dictionary)
  }

  private func call(
    _ method: MethodObject, of list: ListObject, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    if method.name == "copy" {
      _ = try bind(arguments, to: "copy", [])
      return try self.list(list.items)
    }
    let isIndex = method.name == "index"
    let values = try bind(
      arguments, to: method.name, isIndex ? ["value", "start", "stop"] : ["value"], required: 1, takesNames: false)
    let value = values[0] ?? .null
    var count = 0
    let range = try isIndex ? bounds(values[1], values[2], list.items.count) : 0..<list.items.count
    for place in range where try areEqual(list.items[place], value) {
      if isIndex { return .integer(place) }
      count += 1
    }
    if isIndex { throw fail("the value is not in the list") }
    return .integer(count)
  }

  /// The places that a start and an end name, from the end where they are negative.
  func bounds(_ start: Value?, _ end: Value?, _ count: Int) throws(TemplateError) -> Range<Int> {
    func place(_ value: Value?, _ fallback: Int) throws(TemplateError) -> Int {
      guard let value, !value.isNull else { return fallback }
      let place = try integer(value, default: 0, "a place")
      return min(max(place < 0 ? place + count : place, 0), count)
    }
    let start = try integer(start.flatMap { $0.isNull ? nil : $0 }, default: 0, "a place")
    let first = start < 0 ? max(0, start + count) : start
    let last = try place(end, count)
    // A start beyond the end finds nothing, not even an empty text.
    return first > last ? count + 1..<count + 1 : first..<last
  }

  private func call(_ name: String, of loop: LoopObject, _ arguments: CallArguments) throws(TemplateError) -> Value {
    guard arguments.named.isEmpty else { throw fail("loop.\(name) takes no names") }
    if name == "changed" {
      let asked = ListObject(arguments.positional)
      try checkDepth(asked.depth)
      defer { loop.last = asked }
      guard let last = loop.last else { return .boolean(true) }
      return .boolean(!(try areEqual(.list(last), .list(asked))))
    }
    guard !arguments.positional.isEmpty else { throw fail("loop.cycle needs values") }
    return arguments.positional[loop.index % arguments.positional.count]
  }
}
