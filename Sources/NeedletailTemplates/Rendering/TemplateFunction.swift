/// Functions that every template can call.
enum TemplateFunction: String {
  case range, dict, namespace, cycler, joiner
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
  /// Jinja has it; it writes something else each time.
  case lipsum
}

extension Renderer {
  func call(_ function: TemplateFunction, _ arguments: CallArguments) throws(TemplateError) -> Value {
    switch function {
    case .range: return try range(arguments)
    case .dict: return try dictionary(try members(arguments).map { (.string($0.name), $0.value) })
    case .namespace:
      let namespace = try namespace()
      for member in try members(arguments) {
        try check(member.name)
        namespace[member.name] = member.value
      }
      return .namespace(namespace)
    case .cycler:
      guard arguments.named.isEmpty, !arguments.positional.isEmpty else { throw fail("a cycler needs values") }
      let items = ListObject(arguments.positional)
      try checkDepth(items.depth)
      return .cycler(CyclerObject(items))
    case .joiner:
      let separator = try bind(arguments, to: "joiner", ["sep"])[0]
      return .joiner(JoinerObject(.string(try text(separator, default: ", ", "a separator"))))
    case .raiseException:
      let message = try bind(arguments, to: "raise_exception", ["message"], required: 1)[0] ?? .null
      throw fail(try str(message), .raised)
    case .strftimeNow:
      let format = try bind(arguments, to: "strftime_now", ["format"], required: 1)[0]
      return try string(try time.text(try text(format, "a format"), self))
    case .lipsum: throw fail("\"lipsum\" is not supported", .unsupported)
    }
  }

  private func range(_ arguments: CallArguments) throws(TemplateError) -> Value {
    let values = try bind(arguments, to: "range", ["start", "stop", "step"], required: 1, takesNames: false)
    var numbers: [Int] = []
    for case .some(let value) in values {
      let number = try integer(value, default: 0, "a range's number")
      guard number.magnitude < 1 << 53 else { throw fail("a range's numbers have 53 bits", .unsupported) }
      numbers.append(number)
    }
    let (start, stop) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
    let step = numbers.count == 3 ? numbers[2] : 1
    guard step != 0 else { throw fail("the step of a range is 0") }
    let distance = step > 0 ? stop - start : start - stop
    let count = distance <= 0 ? 0 : (distance - 1) / abs(step) + 1
    guard count <= TemplateLimits.range else {
      throw fail("a range of more than \(TemplateLimits.range) numbers", .tooLarge)
    }
    return .range(RangeObject(start: start, end: stop, step: step, count: count))
  }

  /// The members that `dict` and `namespace` are given, in a dictionary, as pairs or by name.
  private func members(_ arguments: CallArguments) throws(TemplateError) -> [(name: String, value: Value)] {
    guard arguments.positional.count <= 1 else { throw fail("at most one dictionary is expected") }
    var members: [(name: String, value: Value)] = []
    if let first = arguments.positional.first {
      var pairs: [Value] = []
      if case .dictionary(let dictionary) = first {
        pairs = ViewObject(kind: .items, dictionary: dictionary).items
      } else {
        pairs = try elements(of: first)
      }
      for pair in pairs {
        let pair = try elements(of: pair)
        guard pair.count == 2 else { throw fail("a member is a name and a value") }
        members.append((try text(pair[0], "a member's name"), pair[1]))
      }
    }
    return members + arguments.named
  }
}
