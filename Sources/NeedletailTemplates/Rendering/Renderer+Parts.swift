/// Attributes, elements and slices, with the order in which Jinja's sandbox looks for them.
extension Renderer {
  func attribute(_ name: String, of value: Value) throws(TemplateError) -> Value {
    if let found = try ownAttribute(name, of: value) { return found }
    if case .dictionary(let dictionary) = value, let found = dictionary[.string(name)] { return found }
    return .undefined(Undefined(message: "\"\(value.typeName)\" has no attribute \"\(name)\""))
  }

  func element(_ key: Value, of value: Value) throws(TemplateError) -> Value {
    switch (value, key) {
    case (.undefined(let undefined), _): throw fail(undefined.message)
    case (.dictionary(let dictionary), _):
      if let place = try? self.key(key), let found = dictionary[place] { return found }
    case (.list(let list), _), (.tuple(let list), _):
      if let place = position(key, list.items.count) { return list.items[place] }
    case (.range(let range), _):
      if let place = position(key, range.count) { return .integer(range.element(place)) }
    case (.string(let text), _):
      try charge(text.utf8.count / Self.bytesPerStep)
      let scalars = text.unicodeScalars
      if let place = position(key, scalars.count) {
        return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: place)]))
      }
    default: break
    }
    if case .string(let name) = key, let found = try ownAttribute(name, of: value) { return found }
    let name = if case .string(let name) = key { name } else { try repr(key) }
    return .undefined(Undefined(message: "\"\(value.typeName)\" has no element \"\(name)\""))
  }

  /// The place of an element, counted from the end where it is negative.
  private func position(_ key: Value, _ count: Int) -> Int? {
    guard let index = key.integer else { return nil }
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  private static let dictionaryMethods: Set = ["keys", "values", "items", "get", "copy"]
  private static let listMethods: Set = ["index", "count", "copy"]
  private static let tupleMethods: Set = ["index", "count"]
  /// Methods that would change a value, and what leads into Python itself.
  private static let unsafe: Set = [
    "clear", "pop", "popitem", "setdefault", "update", "append", "reverse", "insert", "sort", "extend", "remove",
  ]

  /// What a value has without being asked for an element.
  private func ownAttribute(_ name: String, of value: Value) throws(TemplateError) -> Value? {
    switch value {
    case .undefined(let undefined): throw fail(undefined.message)
    case .dictionary:
      if Self.dictionaryMethods.contains(name) { return .method(MethodObject(value, name)) }
      if ["clear", "pop", "popitem", "setdefault", "update"].contains(name) { return forbidden(name) }
      if name == "fromkeys" { throw fail("the method \"fromkeys\" is not supported", .unsupported) }
    case .list:
      if Self.listMethods.contains(name) { return .method(MethodObject(value, name)) }
      if Self.unsafe.contains(name) { return forbidden(name) }
    case .tuple: if Self.tupleMethods.contains(name) { return .method(MethodObject(value, name)) }
    case .string:
      if TextMethod(rawValue: name) != nil { return .method(MethodObject(value, name)) }
      if TextMethod.missing.contains(name) { throw fail("the method \"\(name)\" is not supported", .unsupported) }
    case .namespace(let namespace): return namespace[name]
    case .loop(let loop): return try attribute(name, of: loop)
    case .macro(let macro): return attribute(name, of: macro)
    case .cycler(let cycler):
      if name == "current" { return cycler.items.items[cycler.position] }
      if ["next", "reset"].contains(name) { return .method(MethodObject(value, name)) }
    default: break
    }
    return name.hasPrefix("__") && name.hasSuffix("__") ? forbidden(name) : nil
  }

  private func forbidden(_ name: String) -> Value {
    .undefined(Undefined(message: "\"\(name)\" may not be used in a template"))
  }

  private func attribute(_ name: String, of loop: LoopObject) throws(TemplateError) -> Value? {
    let (index, count) = (loop.index, loop.items.count)
    switch name {
    case "index": return .integer(index + 1)
    case "index0": return .integer(index)
    case "revindex": return .integer(count - index)
    case "revindex0": return .integer(count - index - 1)
    case "first": return .boolean(index == 0)
    case "last": return .boolean(index == count - 1)
    case "length": return .integer(count)
    case "depth": return .integer(1)
    case "depth0": return .integer(0)
    case "previtem":
      return index > 0 ? loop.items[index - 1] : .undefined(Undefined(message: "there is no previous item"))
    case "nextitem":
      return index + 1 < count ? loop.items[index + 1] : .undefined(Undefined(message: "there is no next item"))
    case "cycle", "changed": return .method(MethodObject(.loop(loop), name))
    default: return nil
    }
  }

  private func attribute(_ name: String, of macro: MacroObject) -> Value? {
    let definition = macro.definition
    switch name {
    case "name": return definition.name.isEmpty ? .null : .string(definition.name)
    case "arguments": return .tuple(ListObject(definition.parameters.map { .string($0.name) }))
    case "caller": return .boolean(definition.takesCaller)
    case "catch_kwargs": return .boolean(definition.takesNamed)
    case "catch_varargs": return .boolean(definition.takesMore)
    default: return nil
    }
  }

  func slice(of value: Value, from: Int?, to: Int?, step: Int?) throws(TemplateError) -> Value {
    let step = step ?? 1
    guard step != 0 else { throw fail("the step of a slice is 0") }
    switch value {
    case .undefined(let undefined): throw fail(undefined.message)
    case .string(let text):
      try charge(text.utf8.count / Self.bytesPerStep)
      let scalars = Array(text.unicodeScalars)
      return try string(String(Self.places(scalars.count, from, to, step).lazy.map { scalars[$0] }))
    case .list(let list):
      return try self.list(Self.places(list.items.count, from, to, step).map { list.items[$0] })
    case .tuple(let list):
      return try tuple(Self.places(list.items.count, from, to, step).map { list.items[$0] })
    case .range(let range):
      let (start, end) = Self.edges(range.count, from, to, isForward: step > 0)
      let count = Self.places(range.count, from, to, step).count
      let distance = range.step.multipliedReportingOverflow(by: step)
      guard !distance.overflow else { throw fail("a range's numbers have 53 bits", .unsupported) }
      return .range(
        RangeObject(
          start: range.element(start), end: range.element(end), step: distance.partialValue, count: count))
    default: throw fail("a \(value.typeName) has no slices")
    }
  }

  /// Where a slice begins and ends, counted as Python counts them.
  private static func edges(_ count: Int, _ from: Int?, _ to: Int?, isForward: Bool) -> (start: Int, end: Int) {
    let range = isForward ? 0...count : -1...count - 1
    func clamped(_ bound: Int) -> Int {
      let place = bound < 0 ? bound + count : bound
      return min(max(place, range.lowerBound), range.upperBound)
    }
    let (first, last) = isForward ? (0, count) : (count - 1, -1)
    return (from.map(clamped) ?? first, to.map(clamped) ?? last)
  }

  /// The places of a slice.
  private static func places(_ count: Int, _ from: Int?, _ to: Int?, _ step: Int) -> [Int] {
    let (start, end) = edges(count, from, to, isForward: step > 0)
    // One element at most where the step is longer than all.
    return Array(stride(from: start, to: end, by: min(max(step, -count - 1), count + 1)))
  }
}
