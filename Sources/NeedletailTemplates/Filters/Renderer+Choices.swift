/// What filters do with each element: change it, keep it or not, or put it in its place.
extension Renderer {
  func chosen(
    _ filter: TemplateFilter, _ value: Value, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    switch filter {
    case .map: return try mapped(value, arguments)
    case .select, .reject, .selectattr, .rejectattr: return try selected(filter, value, arguments)
    case .groupby: return try grouped(value, arguments)
    case .unique:
      let values = try bind(arguments, to: "unique", ["case_sensitive", "attribute"])
      let key = try sortKey(values[0], values[1])
      let source = try iterator(of: value)
      var seen: Set<Key> = []
      return try iterator(over: source) { [unowned self] () throws(TemplateError) -> Value? in
        while let element = try source.next() {
          try charge(8)
          if seen.insert(try self.key(try key(element))).inserted { return element }
        }
        return nil
      }
    case .sort:
      let values = try bind(arguments, to: "sort", ["reverse", "case_sensitive", "attribute"])
      return try list(try sorted(value, values))
    case .sum:
      let values = try bind(arguments, to: "sum", ["attribute", "start"])
      let path = try AttributePath(values[0] ?? .null, self)
      var sum = values[1] ?? .integer(0)
      if case .string = sum { throw fail("strings are joined, not added up") }
      for element in try elements(of: value) { sum = try compute(.add, sum, try path.value(in: element, self)) }
      return sum
    default: return try extreme(filter, value, arguments)
    }
  }

  static func ignoringCase(_ value: Value) -> Value {
    if case .string(let text) = value { return .string(PythonCase.changed(text, .lower)) }
    return value
  }

  /// What elements are compared by.
  private func sortKey(
    _ isSensitive: Value?, _ attribute: Value?, default fallback: Value? = nil
  ) throws(TemplateError) -> (Value) throws(TemplateError) -> Value {
    let path = try AttributePath(attribute ?? .null, default: fallback, self)
    let isSensitive = isSensitive?.isTrue ?? false
    return { [unowned self] (value) throws(TemplateError) in
      let key = try path.value(in: value, self)
      return isSensitive ? key : Self.ignoringCase(key)
    }
  }

  private func sorted(_ value: Value, _ values: [Value?]) throws(TemplateError) -> [Value] {
    var keys: [(Value) throws(TemplateError) -> Value] = []
    if case .string(let attributes) = values[2] {
      for attribute in attributes.split(separator: ",", omittingEmptySubsequences: false) {
        keys.append(try sortKey(values[1], .string(String(attribute))))
      }
    } else {
      keys = [try sortKey(values[1], values[2])]
    }
    var keyed: [(key: Value, element: Value)] = []
    for element in try elements(of: value) {
      var parts: [Value] = []
      for key in keys { parts.append(try key(element)) }
      keyed.append((try list(parts), element))
    }
    return try sorted(keyed, isReversed: values[0]?.isTrue ?? false) { (one, other) throws(TemplateError) in
      try self.isLess(one.key, other.key)
    }.map(\.element)
  }

  private func extreme(
    _ filter: TemplateFilter, _ value: Value, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: filter.rawValue, ["case_sensitive", "attribute"])
    let key = try sortKey(values[0], values[1])
    var best: (key: Value, element: Value)?
    for element in try elements(of: value) {
      let found = try key(element)
      guard let known = best else {
        best = (found, element)
        continue
      }
      if try filter == .min ? isLess(found, known.key) : isLess(known.key, found) { best = (found, element) }
    }
    return best?.element ?? .undefined(Undefined(message: "there is no item"))
  }

  private func mapped(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    guard value.isTrue else { return try iterator(over: IteratorObject(depth: 0) { nil }) { nil } }
    var arguments = arguments
    let change: (Value) throws(TemplateError) -> Value
    if arguments.positional.isEmpty, let attribute = arguments.take("attribute") {
      let fallback = arguments.take("default")
      if let other = arguments.named.first { throw fail("map takes no argument \"\(other.name)\"") }
      let path = try AttributePath(attribute, default: fallback, self)
      change = { [unowned self] (value) throws(TemplateError) in try path.value(in: value, self) }
    } else {
      guard let first = arguments.positional.first else { throw fail("map needs a filter or an attribute") }
      let name = try text(first, "a filter's name")
      arguments.positional.removeFirst()
      if TemplateFilter.markups.contains(name) {
        throw fail("the filter \"\(name)\" is not supported here", .unsupported)
      }
      let rest = arguments
      change = { [unowned self] (value) throws(TemplateError) in try apply(filter: name, to: value, rest) }
    }
    let source = try iterator(of: value)
    func pull() throws(TemplateError) -> Value? {
      try charge()
      guard let element = try source.next() else { return nil }
      return try nested { () throws(TemplateError) in try change(element) }
    }
    return try iterator(over: source, pull)
  }

  private func selected(
    _ filter: TemplateFilter, _ value: Value, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    guard value.isTrue else { return try iterator(over: IteratorObject(depth: 0) { nil }) { nil } }
    var arguments = arguments
    var path: AttributePath?
    if filter == .selectattr || filter == .rejectattr {
      guard !arguments.positional.isEmpty else { throw fail("\(filter.rawValue) needs an attribute") }
      path = try AttributePath(arguments.positional.removeFirst(), self)
    }
    var test: String?
    if let first = arguments.positional.first {
      test = try text(first, "a test's name")
      arguments.positional.removeFirst()
    }
    let (chosenPath, chosenTest, rest) = (path, test, arguments)
    let wanted = filter == .select || filter == .selectattr
    let source = try iterator(of: value)
    func isRight(_ value: Value) throws(TemplateError) -> Bool {
      guard let chosenTest else { return value.isTrue }
      return try holds(test: chosenTest, of: value, rest)
    }
    func pull() throws(TemplateError) -> Value? {
      while let element = try source.next() {
        try charge()
        let tested = if let chosenPath { try chosenPath.value(in: element, self) } else { element }
        if try isRight(tested) == wanted { return element }
      }
      return nil
    }
    return try iterator(over: source, pull)
  }

  private func grouped(_ value: Value, _ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "groupby", ["attribute", "default", "case_sensitive"], required: 1)
    let key = try sortKey(values[2], values[0], default: values[1])
    let path = try AttributePath(values[0] ?? .null, default: values[1], self)
    var keyed: [(key: Value, element: Value)] = []
    for element in try elements(of: value) { keyed.append((try key(element), element)) }
    keyed = try sorted(keyed, isReversed: false) { (one, other) throws(TemplateError) in
      try self.isLess(one.key, other.key)
    }
    var groups: [(key: Value, elements: [Value])] = []
    for (key, element) in keyed {
      if let last = groups.last, try areEqual(last.key, key) {
        groups[groups.count - 1].elements.append(element)
      } else {
        groups.append((key, [element]))
      }
    }
    var result: [Value] = []
    for group in groups {
      let isSensitive = values[2]?.isTrue ?? false
      let name = isSensitive ? group.key : try path.value(in: group.elements[0], self)
      result.append(try tuple([name, try list(group.elements)]))
    }
    return try list(result)
  }
}
