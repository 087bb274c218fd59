/// Macros, and calls that hand them a body.
extension TemplateParser {
  mutating func macro() throws(TemplateError) -> Statement.Macro {
    let name = try expectName()
    return try macro(name, parameters: parameters(), end: "endmacro")
  }

  mutating func call() throws(TemplateError) -> Statement.Kind {
    let parameters = isAt(.openParenthesis) ? try parameters() : []
    let offset = offset
    guard case .call(let function, let arguments) = try expression().kind else {
      throw error("expected the call of a macro", at: offset)
    }
    return .call(function: function, arguments, caller: try macro("", parameters: parameters, end: "endcall"))
  }

  private mutating func parameters() throws(TemplateError) -> [Statement.Parameter] {
    try expect(.openParenthesis)
    var parameters: [Statement.Parameter] = []
    while !isAt(.closeParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let offset = offset
      let name = try expectName()
      guard !parameters.contains(where: { $0.name == name }) else {
        throw error("the parameter \"\(name)\" is named twice", at: offset)
      }
      let fallback: Expression? = skip(.assign) ? try expression() : nil
      guard fallback != nil || parameters.last?.fallback == nil else {
        throw error("a parameter without a value follows one with a value", at: offset)
      }
      parameters.append(.init(name: name, fallback: fallback))
    }
    try expect(.closeParenthesis)
    return parameters
  }

  private mutating func macro(
    _ name: String, parameters: [Statement.Parameter], end: String
  ) throws(TemplateError) -> Statement.Macro {
    reads.append([])
    defer { reads.removeLast() }
    let body = try separately { (parser) throws(TemplateError) in try parser.macroBody(end) }
    let read = reads[reads.count - 1]
    if reads.count > 1 { reads[reads.count - 2].formUnion(read) }
    let own = Set(parameters.map(\.name))
    func takes(_ name: String) -> Bool { read.contains(name) && !own.contains(name) }
    return Statement.Macro(
      name: name, parameters: parameters, body: body, takesCaller: takes("caller"), takesNamed: takes("kwargs"),
      takesMore: takes("varargs"))
  }

  private mutating func macroBody(_ end: String) throws(TemplateError) -> [Statement] {
    _ = skip(.colon)
    try expect(.blockEnd)
    let body = try statements(until: [end])
    advance()
    return body
  }

  /// A body that is a function of its own: loops around it are none of its.
  mutating func separately<Result>(
    _ body: (inout TemplateParser) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    let before = loops
    loops = 0
    defer { loops = before }
    return try strictly(body)
  }
}
