/// A piece of a template.
struct TemplateToken {
  enum Kind: Equatable {
    /// Text between tags, as it is written out.
    case text(String)
    case outputBegin, outputEnd, blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case double(Double)
    case sign(Sign)
    /// The end of the template.
    case end
  }

  /// Signs of expressions.
  enum Sign: String, CaseIterable {
    case floorDivide = "//"
    case power = "**"
    case equal = "=="
    case notEqual = "!="
    case atLeast = ">="
    case atMost = "<="
    case add = "+"
    case subtract = "-"
    case divide = "/"
    case multiply = "*"
    case remainder = "%"
    case join = "~"
    case openBracket = "["
    case closeBracket = "]"
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBrace = "{"
    case closeBrace = "}"
    case greater = ">"
    case less = "<"
    case assign = "="
    case dot = "."
    case colon = ":"
    case bar = "|"
    case comma = ","
    case semicolon = ";"
  }

  let kind: Kind
  /// Its first sign in the text.
  let offset: Int

  /// What errors call it.
  var name: String {
    switch kind {
    case .text: "text"
    case .outputBegin: "\"{{\""
    case .outputEnd: "\"}}\""
    case .blockBegin: "\"{%\""
    case .blockEnd: "\"%}\""
    case .name(let name): "\"\(name)\""
    case .string: "a string"
    case .integer, .double: "a number"
    case .sign(let sign): "\"\(sign.rawValue)\""
    case .end: "the end of the template"
    }
  }
}
