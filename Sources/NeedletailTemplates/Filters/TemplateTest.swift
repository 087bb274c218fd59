/// Tests: what `value is name` asks.
enum TemplateTest: String {
  case boolean, callable, defined, divisibleby, even, `false`, filter, float, integer, iterable, lower, mapping, none
  case number, odd, sameas, sequence, string, test, `true`, undefined, upper
  case isIn = "in"
  case equal = "==", eq, equalto
  case notEqual = "!=", ne
  case more = ">", gt, greaterthan
  case atLeast = ">=", ge
  case less = "<", lt, lessthan
  case atMost = "<=", le

  /// Tests of Jinja that are not built.
  static let missing: Set = ["escaped"]

  var comparison: Expression.Comparison? {
    switch self {
    case .equal, .eq, .equalto: .equal
    case .notEqual, .ne: .notEqual
    case .more, .gt, .greaterthan: .greater
    case .atLeast, .ge: .atLeast
    case .less, .lt, .lessthan: .less
    case .atMost, .le: .atMost
    case .isIn: .isIn
    default: nil
    }
  }
}

extension Renderer {
  func holds(test name: String, of value: Value, _ arguments: CallArguments) throws(TemplateError) -> Bool {
    guard let test = TemplateTest(rawValue: name) else {
      let isMissing = TemplateTest.missing.contains(name)
      throw fail(
        isMissing ? "the test \"\(name)\" is not supported" : "there is no test \"\(name)\"",
        isMissing ? .unsupported : .evaluation)
    }
    if let comparison = test.comparison {
      let other = try bind(arguments, to: name, ["other"], required: 1, takesNames: false)[0] ?? .null
      return try holds(comparison, value, other)
    }
    switch test {
    case .sameas:
      return isSame(value, try bind(arguments, to: name, ["other"], required: 1)[0] ?? .null)
    case .divisibleby:
      let number = try bind(arguments, to: name, ["num"], required: 1)[0] ?? .null
      return try areEqual(try compute(.remainder, value, number), .integer(0))
    default:
      _ = try bind(arguments, to: name, [])
      return try holds(test, value)
    }
  }

  private func holds(_ test: TemplateTest, _ value: Value) throws(TemplateError) -> Bool {
    switch test {
    case .defined: return !value.isUndefined
    case .undefined: return value.isUndefined
    case .none: return value.isNull
    case .true: if case .boolean(true) = value { return true }
    case .false: if case .boolean(false) = value { return true }
    case .boolean: if case .boolean = value { return true }
    case .integer: if case .integer = value { return true }
    case .float: if case .double = value { return true }
    case .number: return value.number != nil
    case .string: if case .string = value { return true }
    case .mapping: if case .dictionary = value { return true }
    case .odd: return try areEqual(try compute(.remainder, value, .integer(2)), .integer(1))
    case .even: return try areEqual(try compute(.remainder, value, .integer(2)), .integer(0))
    case .lower: return PythonCase.holds(.islower, of: try str(value))
    case .upper: return PythonCase.holds(.isupper, of: try str(value))
    case .filter:
      if case .string(let name) = value {
        return TemplateFilter(rawValue: name) != nil || TemplateFilter.missing.contains(name)
      }
    case .test:
      if case .string(let name) = value {
        return TemplateTest(rawValue: name) != nil || TemplateTest.missing.contains(name)
      }
    case .callable:
      switch value {
      case .macro, .function, .method, .joiner, .loop, .undefined: return true
      default: break
      }
    case .iterable:
      switch value {
      case .list, .tuple, .dictionary, .view, .range, .string, .iterator, .loop, .undefined: return true
      default: break
      }
    case .sequence:
      switch value {
      case .list, .tuple, .dictionary, .range, .string, .undefined: return true
      default: break
      }
    default: break
    }
    return false
  }
}
