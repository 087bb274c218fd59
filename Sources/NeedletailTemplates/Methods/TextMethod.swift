/// Methods of strings.
enum TextMethod: String {
  case capitalize, center, count, endswith, find, format, index, isalnum, isalpha, isascii, isdecimal, isdigit, islower
  case isnumeric, isprintable, isspace, istitle, isupper, join, ljust, lower, lstrip, partition, removeprefix
  case removesuffix, replace, rfind, rindex, rjust, rpartition, rsplit, rstrip, split, splitlines, startswith, strip
  case swapcase, title, upper, zfill

  /// What Python's strings have beside these.
  static let missing: Set = [
    "casefold", "encode", "expandtabs", "format_map", "isidentifier", "maketrans", "translate",
  ]
}

extension Renderer {
  func call(_ method: TextMethod, of text: String, _ arguments: CallArguments) throws(TemplateError) -> Value {
    try charge(text.utf8.count / Self.bytesPerStep)
    switch method {
    case .capitalize, .lower, .swapcase, .title, .upper:
      _ = try bind(arguments, to: method.rawValue, [])
      return try string(PythonCase.changed(text, method))
    case .isalnum, .isalpha, .isascii, .isdecimal, .isdigit, .islower, .isnumeric, .isprintable, .isspace, .istitle,
      .isupper:
      _ = try bind(arguments, to: method.rawValue, [])
      return .boolean(PythonCase.holds(method, of: text))
    case .center, .ljust, .rjust, .zfill: return try string(try widened(text, method, arguments))
    case .strip, .lstrip, .rstrip:
      let signs = try bind(arguments, to: method.rawValue, ["chars"], takesNames: false)[0]
      let chosen = try signs.flatMap { $0.isNull ? nil : $0 }.map { (signs) throws(TemplateError) in
        try self.text(signs, "the signs to strip")
      }
      return try string(Self.stripped(text, chosen, left: method != .rstrip, right: method != .lstrip))
    case .count, .find, .index, .rfind, .rindex, .endswith, .startswith: return try search(text, method, arguments)
    case .split, .rsplit, .partition, .rpartition, .splitlines: return try split(text, method, arguments)
    case .join:
      let values = try bind(arguments, to: "join", ["values"], required: 1, takesNames: false)
      var output = ""
      for (index, part) in try elements(of: values[0] ?? .null).enumerated() {
        if index > 0 { try write(text, to: &output) }
        try write(try self.text(part, "a part that is joined"), to: &output)
      }
      return .string(output)
    case .replace:
      let values = try bind(arguments, to: "replace", ["old", "new", "count"], required: 2)
      return try string(
        try replaced(
          text, try self.text(values[0], "what is replaced"), try self.text(values[1], "a replacement"),
          try integer(values[2], default: -1, "a count")))
    case .removeprefix, .removesuffix:
      let part = try self.text(
        try bind(arguments, to: method.rawValue, ["part"], required: 1, takesNames: false)[0], "a part")
      let (all, bytes) = (Array(text.utf8), Array(part.utf8))
      if method == .removeprefix {
        return try string(all.starts(with: bytes) ? String(decoding: all.dropFirst(bytes.count), as: UTF8.self) : text)
      }
      let ends = all.reversed().starts(with: bytes.reversed())
      return try string(ends ? String(decoding: all.dropLast(bytes.count), as: UTF8.self) : text)
    case .format: return try string(try formatted(text, arguments))
    }
  }

  private func widened(
    _ text: String, _ method: TextMethod, _ arguments: CallArguments
  ) throws(TemplateError) -> String {
    let parameters = method == .zfill ? ["width"] : ["width", "fillchar"]
    let values = try bind(arguments, to: method.rawValue, parameters, required: 1, takesNames: false)
    let width = try integer(values[0], default: 0, "a width")
    try checkText(bytes: max(0, width))
    let count = text.unicodeScalars.count
    let missing = max(0, width - count)
    if method == .zfill {
      let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
      return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }
    let sign = try self.text(values.count > 1 ? values[1] : nil, default: " ", "a sign to fill with")
    guard sign.unicodeScalars.count == 1 else { throw fail("a text is filled with one sign") }
    guard missing > 0 else { return text }
    return Self.centered(text, missing, width, sign, left: method == .rjust, right: method == .ljust)
  }

  /// A text with signs beside it; on both sides, the odd one stands where Python has it.
  static func centered(
    _ text: String, _ missing: Int, _ width: Int, _ sign: String, left: Bool = false, right: Bool = false
  ) -> String {
    let before = left ? missing : right ? 0 : missing / 2 + (missing & width & 1)
    return String(repeating: sign, count: before) + text + String(repeating: sign, count: missing - before)
  }

  /// A text without spaces, or without the chosen signs, at its ends.
  static func stripped(_ text: String, _ signs: String?, left: Bool = true, right: Bool = true) -> String {
    let chosen = signs.map { Set($0.unicodeScalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool { chosen?.contains(scalar) ?? scalar.isPythonSpace }
    var scalars = text.unicodeScalars[...]
    while left, let first = scalars.first, goes(first) { scalars.removeFirst() }
    while right, let last = scalars.last, goes(last) { scalars.removeLast() }
    return String(scalars)
  }

  private func search(
    _ text: String, _ method: TextMethod, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, to: method.rawValue, ["part", "start", "end"], required: 1, takesNames: false)
    let scalars = Array(text.unicodeScalars)
    let range = try bounds(values[1], values[2], scalars.count)
    let isInside = range.lowerBound <= scalars.count
    if method == .startswith || method == .endswith {
      var parts = [values[0] ?? .null]
      if case .tuple(let tuple) = parts[0] { parts = tuple.items }
      for part in parts {
        let part = Array(try self.text(part, "a part").unicodeScalars)
        guard isInside else { continue }
        let all = scalars[range]
        if method == .startswith ? all.starts(with: part) : all.reversed().starts(with: part.reversed()) {
          return .boolean(true)
        }
      }
      return .boolean(false)
    }
    let part = Array(try self.text(values[0], "a part").unicodeScalars)
    let found = isInside ? try places(of: part, in: Array(scalars[range]), overlapping: method != .count) : []
    switch method {
    case .count: return .integer(found.count)
    case .find, .index:
      if let first = found.first { return .integer(first + range.lowerBound) }
    default:
      if let last = found.last { return .integer(last + range.lowerBound) }
    }
    guard method == .find || method == .rfind else { throw fail("the part is not in the text") }
    return .integer(-1)
  }

  /// Where a part is found, in time that grows with the length of both.
  ///
  /// - Parameter limit: How many places are looked for.
  func places<Unit: Equatable>(
    of part: [Unit], in all: [Unit], overlapping: Bool = false, limit: Int = .max
  ) throws(TemplateError) -> [Int] {
    try charge((part.count + all.count) / Self.bytesPerStep)
    guard !part.isEmpty else { return Array((0...all.count).prefix(limit)) }
    // Knuth, Morris and Pratt, 1977, 10.1137/0206024: how much of the part ends at each of its places.
    var ends = [Int](repeating: 0, count: part.count)
    var length = 0
    for place in part.indices.dropFirst() {
      while length > 0, part[length] != part[place] { length = ends[length - 1] }
      if part[length] == part[place] { length += 1 }
      ends[place] = length
    }
    var found: [Int] = []
    length = 0
    for (place, unit) in all.enumerated() {
      while length > 0, part[length] != unit { length = ends[length - 1] }
      if part[length] == unit { length += 1 }
      if length == part.count {
        found.append(place + 1 - length)
        if found.count == limit { break }
        length = overlapping ? ends[length - 1] : 0
      }
    }
    return found
  }

  /// A text with parts replaced.
  ///
  /// - Parameter limit: How many; all where it is negative.
  func replaced(
    _ text: String, _ old: String, _ new: String, _ limit: Int
  ) throws(TemplateError) -> String {
    let scalars = Array(text.unicodeScalars)
    let part = Array(old.unicodeScalars)
    var found = try places(of: part, in: scalars)
    if limit >= 0 { found = Array(found.prefix(limit)) }
    try checkText(bytes: text.utf8.count + found.count.multipliedReportingOverflow(by: new.utf8.count).partialValue)
    try charge(found.count * (1 + new.utf8.count / Self.bytesPerStep))
    var output = String.UnicodeScalarView()
    var place = 0
    for next in found {
      output.append(contentsOf: scalars[place..<next])
      output.append(contentsOf: new.unicodeScalars)
      place = next + part.count
    }
    output.append(contentsOf: scalars[place...])
    return String(output)
  }
}
