internal import NeedletailJSON

/// One word, value or sign of the text form of a filter.
struct FilterToken {
  enum Kind: Equatable {
    case word(FilterWord)
    /// A key without quotes.
    case name(String)
    case string(ExactText)
    case number(AttributeNumber)
    case sign(String)
    case end
  }

  let kind: Kind
  /// Line and column, counted from 1 in Unicode scalars.
  let line: Int
  let column: Int

  /// An error at this place.
  func error(_ message: String) -> IndexError {
    IndexError(.malformedFilter, "filter:\(line):\(column)", message)
  }

  /// What stands here, as errors say it.
  var found: String {
    switch kind {
    case .word(let word): "\"\(word.rawValue)\""
    case .name(let name): "\"\(name.prefix(40))\""
    case .string: "a text in quotes"
    case .number(let number): "\(number)"
    case .sign(let sign): "\"\(sign)\""
    case .end: "the end"
    }
  }
}

/// Cuts the text form of a filter into tokens, in one pass.
struct FilterLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  private var lineStart = 0

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// The tokens of a text; the last one is its end.
  static func tokens(of text: String) throws(IndexError) -> [FilterToken] {
    var lexer = FilterLexer(text)
    var tokens: [FilterToken] = []
    while true {
      lexer.skipSpace()
      let here = FilterToken(kind: .end, line: lexer.line, column: lexer.position - lexer.lineStart + 1)
      guard lexer.position < lexer.scalars.count else { return tokens + [here] }
      tokens.append(FilterToken(kind: try lexer.next(here), line: here.line, column: here.column))
    }
  }

  private mutating func skipSpace() {
    while position < scalars.count, scalars[position].properties.isWhitespace {
      if scalars[position] == "\n" {
        line += 1
        lineStart = position + 1
      }
      position += 1
    }
  }

  private mutating func next(_ here: FilterToken) throws(IndexError) -> FilterToken.Kind {
    let first = scalars[position]
    if FilterWord.isStart(first) {
      let name = take(while: FilterWord.isPart)
      return FilterWord(anyCase: name).map { .word($0) } ?? .name(name)
    }
    if first == "\"" { return .string(try string(here)) }
    if first == "-" || ("0"..."9").contains(first) { return .number(try number(here)) }
    return .sign(try sign(here))
  }

  private mutating func take(while isPart: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    while position < scalars.count, isPart(scalars[position]) {
      text.append(scalars[position])
      position += 1
    }
    return String(text)
  }

  private mutating func sign(_ here: FilterToken) throws(IndexError) -> String {
    let first = scalars[position]
    let isPair = position + 1 < scalars.count && scalars[position + 1] == "="
    let sign: String
    switch first {
    case "=" where isPair, "!" where isPair, "<" where isPair, ">" where isPair: sign = "\(first)="
    case "<", ">", "(", ")", "[", "]", ",", ".": sign = String(first)
    case "=": throw here.error("\"=\" is no comparison; write == for equal")
    case "&", "|", "!": throw here.error("\"\(first)\" is no word of filters; write and, or, not")
    case "'": throw here.error("texts and keys stand in double quotes")
    default: throw here.error("unexpected \(JSONValue.string(String(first)).text())")
    }
    position += sign.utf8.count
    return sign
  }

  /// A JSON string, its quotes included.
  private mutating func string(_ here: FilterToken) throws(IndexError) -> ExactText {
    var end = position + 1
    while end < scalars.count, scalars[end] != "\"" { end += scalars[end] == "\\" ? 2 : 1 }
    guard end < scalars.count else { throw here.error("the closing quote is missing") }
    let value = try json(position..<(end + 1), here)
    position = end + 1
    return ExactText(value.string ?? "")
  }

  private mutating func number(_ here: FilterToken) throws(IndexError) -> AttributeNumber {
    let start = position
    _ = take { ("0"..."9").contains($0) || "+-.eE".unicodeScalars.contains($0) || FilterWord.isPart($0) }
    guard case .number(let number) = try AttributeValue(json(start..<position, here)) else {
      throw here.error("the number is too large; it is read as a double")
    }
    return number
  }

  private func json(_ range: Range<Int>, _ here: FilterToken) throws(IndexError) -> JSON {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    do {
      return try JSONDocument(parsing: String(text)).root
    } catch {
      throw here.error(error.message)
    }
  }
}
