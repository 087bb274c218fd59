/// Cuts a template into tokens by the rules of Jinja 3.1, with `trim_blocks` and `lstrip_blocks` as transformers sets
/// them: the line break after a block is dropped, and so is the space before one that begins its line.
struct TemplateLexer {
  let source: TemplateSource
  var position = 0
  var tokens: [TemplateToken] = []
  /// Whether nothing but a line break stands before the text that comes next.
  var startsLine = true
  /// The signs that close what is open inside a tag.
  var open: [TemplateToken.Sign] = []

  init(_ source: TemplateSource) { self.source = source }

  var scalars: [Unicode.Scalar] { source.scalars }

  /// All tokens, the last of which is the end.
  static func tokens(of source: TemplateSource) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    guard lexer.scalars.count <= TemplateLimits.source else {
      throw source.error(.tooLarge, "a template has at most \(TemplateLimits.source) signs", at: 0)
    }
    while lexer.position < lexer.scalars.count { try lexer.piece() }
    lexer.add(.end, at: lexer.scalars.count)
    return lexer.tokens
  }

  mutating func add(_ kind: TemplateToken.Kind, at offset: Int) {
    tokens.append(TemplateToken(kind: kind, offset: offset))
  }

  func error(_ message: String, at offset: Int? = nil) -> TemplateError {
    source.error(.malformed, message, at: offset ?? position)
  }

  /// Whether the text goes on with these signs.
  func has(_ text: String, at place: Int) -> Bool {
    var place = place
    for scalar in text.unicodeScalars {
      guard place < scalars.count, scalars[place] == scalar else { return false }
      place += 1
    }
    return true
  }

  func afterSpace(_ place: Int) -> Int {
    var place = place
    while place < scalars.count, scalars[place].isPythonSpace { place += 1 }
    return place
  }

  /// Text up to the next tag, and the tag.
  private mutating func piece() throws(TemplateError) {
    let start = position
    var tag = start
    while tag < scalars.count {
      if scalars[tag] == "{", tag + 1 < scalars.count, ["%", "{", "#"].contains(scalars[tag + 1]) { break }
      tag += 1
    }
    guard tag < scalars.count else {
      text(start..<tag)
      position = tag
      return
    }
    let kind = scalars[tag + 1]
    let control = tag + 2 < scalars.count && ["-", "+"].contains(scalars[tag + 2]) ? scalars[tag + 2] : nil
    text(stripped(start..<tag, control, isOutput: kind == "{"))
    position = tag + (control == nil ? 2 : 3)
    switch kind {
    case "{":
      add(.outputBegin, at: tag)
      try expression(end: .outputEnd)
    case "#": try comment(tag)
    default:
      if let body = rawBody(position) {
        position = body
        startsLine = scalars[body - 1] == "\n"
        try raw(tag)
      } else {
        add(.blockBegin, at: tag)
        try expression(end: .blockEnd)
      }
    }
    startsLine = scalars[position - 1] == "\n"
  }

  private mutating func text(_ range: Range<Int>) {
    if !range.isEmpty { add(.text(String(scalars[range])), at: range.lowerBound) }
  }

  /// The part of a text that stays before a tag.
  private func stripped(_ range: Range<Int>, _ control: Unicode.Scalar?, isOutput: Bool) -> Range<Int> {
    var end = range.upperBound
    switch control {
    case "-":
      while end > range.lowerBound, scalars[end - 1].isPythonSpace { end -= 1 }
    case nil where !isOutput:
      while end > range.lowerBound, scalars[end - 1].isPythonSpace, scalars[end - 1] != "\n" { end -= 1 }
      let beginsLine = end > range.lowerBound ? scalars[end - 1] == "\n" : startsLine
      if !beginsLine { end = range.upperBound }
    default: break
    }
    return range.lowerBound..<end
  }

  /// Where a tag ends whose closing signs begin here, and what is dropped after it; `nil` where none does.
  func closing(_ signs: String, at place: Int, isOutput: Bool = false) -> Int? {
    if has("-" + signs, at: place) { return afterSpace(place + 3) }
    if !isOutput, has("+" + signs, at: place) { return place + 3 }
    guard has(signs, at: place) else { return nil }
    return !isOutput && has("\n", at: place + 2) ? place + 3 : place + 2
  }

  private mutating func comment(_ tag: Int) throws(TemplateError) {
    while position < scalars.count {
      if let end = closing("#}", at: position) {
        position = end
        return
      }
      position += 1
    }
    // As Jinja has it, one that begins at the very end is none.
    if tag + 2 < scalars.count { throw error("the comment has no end", at: tag) }
  }

  /// Where the body of a raw block begins, if a tag that was just opened is one.
  private func rawBody(_ place: Int) -> Int? {
    let name = afterSpace(place)
    guard has("raw", at: name) else { return nil }
    let end = afterSpace(name + 3)
    if has("-%}", at: end) { return afterSpace(end + 3) }
    return has("%}", at: end) ? end + 2 : nil
  }

  /// The body of a raw block, as it is, and its end.
  private mutating func raw(_ tag: Int) throws(TemplateError) {
    let start = position
    var place = start
    while place < scalars.count {
      defer { place += 1 }
      guard has("{%", at: place) else { continue }
      let control = place + 2 < scalars.count && ["-", "+"].contains(scalars[place + 2]) ? scalars[place + 2] : nil
      let name = afterSpace(place + (control == nil ? 2 : 3))
      guard has("endraw", at: name), let end = closing("%}", at: afterSpace(name + 6)) else { continue }
      text(stripped(start..<place, control, isOutput: false))
      position = end
      return
    }
    if start < scalars.count { throw error("the raw block has no end", at: tag) }
  }
}
