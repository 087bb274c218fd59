/// What a call hands over.
struct CallArguments {
  var positional: [Value] = []
  var named: [(name: String, value: Value)] = []

  mutating func take(_ name: String) -> Value? {
    guard let place = named.firstIndex(where: { $0.name == name }) else { return nil }
    return named.remove(at: place).value
  }
}

extension Renderer {
  /// The arguments in the order of the parameters, `nil` where one is not given.
  ///
  /// - Parameters:
  ///   - parameters: The names by which arguments can be given.
  ///   - required: How many of the first have to be given.
  func bind(
    _ arguments: CallArguments, to function: String, _ parameters: [String], required: Int = 0,
    takesNames: Bool = true
  ) throws(TemplateError) -> [Value?] {
    guard arguments.positional.count <= parameters.count else {
      throw fail("\(function) takes at most \(parameters.count) arguments, found \(arguments.positional.count)")
    }
    var values: [Value?] = arguments.positional
    values += repeatElement(nil, count: parameters.count - values.count)
    for argument in arguments.named {
      guard takesNames, let place = parameters.firstIndex(of: argument.name), values[place].isMissing else {
        throw fail("\(function) takes no argument \"\(argument.name)\" here")
      }
      values[place] = argument.value
    }
    if let missing = values.prefix(required).firstIndex(where: \.isMissing) {
      throw fail("\(function) needs the argument \"\(parameters[missing])\"")
    }
    return values
  }

  func integer(_ value: Value?, default fallback: Int, _ what: String) throws(TemplateError) -> Int {
    guard let value else { return fallback }
    guard let integer = value.integer else { throw fail("\(what) should be a whole number, found \(value.typeName)") }
    return integer
  }

  func text(_ value: Value?, default fallback: String = "", _ what: String) throws(TemplateError) -> String {
    guard let value else { return fallback }
    guard case .string(let text) = value else { throw fail("\(what) should be a string, found \(value.typeName)") }
    return text
  }
}

extension Optional where Wrapped == Value {
  var isMissing: Bool { if case .none = self { true } else { false } }
}
