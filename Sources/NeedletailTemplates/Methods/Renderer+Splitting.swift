/// Parts of texts.
extension Renderer {
  func split(_ text: String, _ method: TextMethod, _ arguments: CallArguments) throws(TemplateError) -> Value {
    switch method {
    case .splitlines:
      let keeps = try bind(arguments, to: "splitlines", ["keepends"])[0]?.isTrue ?? false
      return try list(Self.lines(text, keepingEnds: keeps).map { .string($0) })
    case .partition, .rpartition:
      let values = try bind(arguments, to: method.rawValue, ["sep"], required: 1, takesNames: false)
      let separator = try separator(values[0])
      let scalars = Array(text.unicodeScalars)
      let found = try places(of: separator, in: scalars, overlapping: true)
      guard let place = method == .partition ? found.first : found.last else {
        return try tuple((method == .partition ? [text, "", ""] : ["", "", text]).map { .string($0) })
      }
      let parts = [scalars[..<place], separator[...], scalars[(place + separator.count)...]]
      return try tuple(parts.map { .string(String($0)) })
    default:
      let values = try bind(arguments, to: method.rawValue, ["sep", "maxsplit"])
      let limit = try integer(values[1], default: -1, "maxsplit")
      let isFromEnd = method == .rsplit
      guard let given = values[0], !given.isNull else {
        return try list(Self.words(text, limit: limit, fromEnd: isFromEnd).map { .string($0) })
      }
      let separator = try separator(given)
      let scalars = Array(text.unicodeScalars)
      return try list(try parts(scalars, separator, limit: limit, fromEnd: isFromEnd).map { .string(String($0)) })
    }
  }

  private func separator(_ value: Value?) throws(TemplateError) -> [Unicode.Scalar] {
    let separator = Array(try text(value, "a separator").unicodeScalars)
    guard !separator.isEmpty else { throw fail("a separator is empty") }
    return separator
  }

  private func parts(
    _ scalars: [Unicode.Scalar], _ separator: [Unicode.Scalar], limit: Int, fromEnd: Bool
  ) throws(TemplateError) -> [ArraySlice<Unicode.Scalar>] {
    // From the end, parts are those of everything turned around.
    let all = fromEnd ? scalars.reversed() : scalars
    var found = try places(of: fromEnd ? separator.reversed() : separator, in: all)
    if limit >= 0 { found = Array(found.prefix(limit)) }
    try charge(8 * found.count)
    if fromEnd { found = found.reversed().map { scalars.count - $0 - separator.count } }
    var parts: [ArraySlice<Unicode.Scalar>] = []
    var start = 0
    for place in found {
      parts.append(scalars[start..<place])
      start = place + separator.count
    }
    return parts + [scalars[start...]]
  }

  /// What stands between spaces.
  private static func words(_ text: String, limit: Int, fromEnd: Bool) -> [String] {
    var rest = Array(text.unicodeScalars)[...]
    var words: [String] = []
    func trim() {
      while let edge = fromEnd ? rest.last : rest.first, edge.isPythonSpace {
        if fromEnd { rest.removeLast() } else { rest.removeFirst() }
      }
    }
    trim()
    while !rest.isEmpty {
      if limit >= 0, words.count == limit {
        words.append(String(rest))
        break
      }
      if fromEnd {
        let start = rest.lastIndex(where: \.isPythonSpace).map { $0 + 1 } ?? rest.startIndex
        words.append(String(rest[start...]))
        rest = rest[..<start]
      } else {
        let end = rest.firstIndex(where: \.isPythonSpace) ?? rest.endIndex
        words.append(String(rest[..<end]))
        rest = rest[end...]
      }
      trim()
    }
    return fromEnd ? words.reversed() : words
  }

  /// The lines of a text.
  static func lines(_ text: String, keepingEnds: Bool = false) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var lines: [String] = []
    var start = 0
    var place = 0
    while place < scalars.count {
      guard scalars[place].isPythonLineBreak else {
        place += 1
        continue
      }
      let isPair = scalars[place] == "\r" && place + 1 < scalars.count && scalars[place + 1] == "\n"
      let end = place + (isPair ? 2 : 1)
      lines.append(String(scalars[start..<(keepingEnds ? end : place)]))
      start = end
      place = end
    }
    if start < scalars.count { lines.append(String(scalars[start...])) }
    return lines
  }
}
