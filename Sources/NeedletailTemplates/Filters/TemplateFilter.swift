/// Filters: what `value|name` does.
enum TemplateFilter: String {
  case abs, attr, batch, capitalize, center, count, d, `default`, dictsort, e, escape, first, float, format, forceescape
  case groupby, indent, int, items, join, last, length, list, lower, map, max, min, reject, rejectattr, replace, reverse
  case round, safe, select, selectattr, slice, sort, string, sum, title, tojson, trim, truncate, unique, upper,
    wordcount

  /// Filters of Jinja that are not built.
  static let missing: Set = [
    "filesizeformat", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap", "xmlattr",
  ]
  /// Filters whose result is markup, which escapes the text that it is joined with.
  static let markups: Set = ["safe", "e", "escape", "forceescape"]
}

extension Renderer {
  func apply(
    filter name: String, to value: Value, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    guard let filter = TemplateFilter(rawValue: name) else {
      let isMissing = TemplateFilter.missing.contains(name)
      throw fail(
        isMissing ? "the filter \"\(name)\" is not supported" : "there is no filter \"\(name)\"",
        isMissing ? .unsupported : .evaluation)
    }
    switch filter {
    case .map, .select, .reject, .selectattr, .rejectattr, .groupby, .unique, .sort, .min, .max, .sum:
      return try chosen(filter, value, arguments)
    case .batch, .slice, .list, .items, .reverse, .dictsort, .first, .last, .join, .count, .length, .attr:
      return try collected(filter, value, arguments)
    case .abs, .int, .float, .round: return try calculated(filter, value, arguments)
    case .default, .d:
      let values = try bind(arguments, to: name, ["default_value", "boolean"])
      let isReplaced = value.isUndefined || values[1]?.isTrue ?? false && !value.isTrue
      return isReplaced ? values[0] ?? .string("") : value
    case .tojson: return try json(value, arguments)
    case .format:
      guard arguments.positional.isEmpty || arguments.named.isEmpty else {
        throw fail("a format takes values or names, not both")
      }
      let named = try dictionary(arguments.named.map { (.string($0.name), $0.value) })
      return try string(
        try printf(try str(value), arguments.named.isEmpty ? try tuple(arguments.positional) : named))
    default: return try written(filter, try str(value), arguments)
    }
  }

  /// What filters do with text.
  private func written(
    _ filter: TemplateFilter, _ text: String, _ arguments: CallArguments
  ) throws(TemplateError) -> Value {
    try charge(text.utf8.count / Self.bytesPerStep)
    let name = filter.rawValue
    switch filter {
    case .capitalize, .lower, .upper:
      _ = try bind(arguments, to: name, [])
      let method: TextMethod = filter == .capitalize ? .capitalize : filter == .lower ? .lower : .upper
      return try string(PythonCase.changed(text, method))
    case .string, .safe:
      _ = try bind(arguments, to: name, [])
      return .string(text)
    case .e, .escape, .forceescape:
      _ = try bind(arguments, to: name, [])
      var output = ""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": output += "&amp;"
        case "<": output += "&lt;"
        case ">": output += "&gt;"
        case "'": output += "&#39;"
        case "\"": output += "&#34;"
        default: output.unicodeScalars.append(scalar)
        }
      }
      return try string(output)
    case .title:
      _ = try bind(arguments, to: name, [])
      return try string(Self.titled(text))
    case .center:
      let width = try integer(try bind(arguments, to: name, ["width"])[0], default: 80, "a width")
      try checkText(bytes: max(0, width))
      let missing = width - text.unicodeScalars.count
      return try string(missing > 0 ? Self.centered(text, missing, width, " ") : text)
    case .trim:
      let signs = try bind(arguments, to: name, ["chars"])[0]
      let chosen = try signs.flatMap { $0.isNull ? nil : $0 }.map { (signs) throws(TemplateError) in
        try self.text(signs, "the signs to trim")
      }
      return try string(Self.stripped(text, chosen))
    case .replace:
      let values = try bind(arguments, to: name, ["old", "new", "count"], required: 2)
      let limit = values[2].flatMap { $0.isNull ? nil : $0 }
      return try string(
        try replaced(
          text, try str(values[0] ?? .null), try str(values[1] ?? .null), try integer(limit, default: -1, "a count")))
    case .indent: return try string(try indented(text, arguments))
    case .truncate: return try string(try truncated(text, arguments))
    case .wordcount:
      _ = try bind(arguments, to: name, [])
      var count = 0
      var isInWord = false
      for scalar in text.unicodeScalars {
        let isWord =
          scalar == "_" || scalar.properties.isAlphabetic && scalar.properties.generalCategory != .otherSymbol
          || scalar.properties.numericType != nil
        if isWord, !isInWord { count += 1 }
        isInWord = isWord
      }
      return .integer(count)
    default: preconditionFailure("all filters are applied")
    }
  }

  /// Each word with a capital, words being what stands between spaces, hyphens and opening brackets.
  private static func titled(_ text: String) -> String {
    let separators: Set<Unicode.Scalar> = ["-", "(", "{", "[", "<"]
    var output = ""
    var word: [Unicode.Scalar] = []
    func finish() {
      guard let first = word.first else { return }
      output += first.properties.uppercaseMapping + PythonCase.lowered(word[1...])
      word = []
    }
    for scalar in text.unicodeScalars {
      if scalar.isPythonSpace || separators.contains(scalar) {
        finish()
        output.unicodeScalars.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    finish()
    return output
  }

  private func indented(_ text: String, _ arguments: CallArguments) throws(TemplateError) -> String {
    let values = try bind(arguments, to: "indent", ["width", "first", "blank"])
    var indent = ""
    if case .string(let given) = values[0] {
      indent = given
    } else {
      let width = max(0, try integer(values[0], default: 4, "a width"))
      try checkText(bytes: width)
      indent = String(repeating: " ", count: width)
    }
    let lines = Self.lines(text + "\n")
    let total = indent.utf8.count.multipliedReportingOverflow(by: lines.count)
    try checkText(bytes: total.overflow ? .max : total.partialValue + text.utf8.count)
    try charge(total.partialValue / Self.bytesPerStep)
    let isBlankToo = values[2]?.isTrue ?? false
    var output = values[1]?.isTrue ?? false ? indent : ""
    for (index, line) in lines.enumerated() {
      if index > 0 { output += "\n" + (isBlankToo || !line.isEmpty ? indent : "") }
      output += line
    }
    return output
  }

  private func truncated(_ text: String, _ arguments: CallArguments) throws(TemplateError) -> String {
    let values = try bind(arguments, to: "truncate", ["length", "killwords", "end", "leeway"])
    let length = try integer(values[0], default: 255, "a length")
    let end = try self.text(values[2], default: "...", "an end")
    let leeway = try integer(values[3].flatMap { $0.isNull ? nil : $0 }, default: 5, "a leeway")
    let endCount = end.unicodeScalars.count
    guard length >= endCount, leeway >= 0 else { throw fail("a length of at least \(endCount) is expected") }
    let scalars = Array(text.unicodeScalars)
    let (bound, isFar) = length.addingReportingOverflow(leeway)
    guard !isFar, scalars.count > bound else { return text }
    var kept = scalars.prefix(length - endCount)
    if !(values[1]?.isTrue ?? false), let space = kept.lastIndex(of: " ") { kept = kept[..<space] }
    return String(kept) + end
  }
}
