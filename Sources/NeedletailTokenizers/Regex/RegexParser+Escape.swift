extension RegexParser {
  /// What a backslash outside brackets begins.
  mutating func escaped() throws(RegexProblem) -> RegexNode {
    guard position + 1 < scalars.count else { throw problem("the expression ends with a backslash") }
    switch scalars[position + 1] {
    case 0x41: return taken(.anchor(.textStart))
    case 0x5A: return taken(.anchor(.lastLineEnd))
    case 0x7A: return taken(.anchor(.textEnd))
    case 0x62: return taken(.anchor(.wordBoundary))
    case 0x42: return taken(.anchor(.insideWord))
    case 0x4B: return taken(.keep)
    case 0x4E: return taken(.set(ScalarSet(0x0A).inverted))
    case 0x4F: return taken(.set(.all))
    case 0x52:
      let ends = ScalarSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
      return taken(
        .atomic(.alternatives([.sequence([.set(ScalarSet(0x0D)), .set(ScalarSet(0x0A))]), .set(ends)])))
    case 0x47, 0x58, 0x59, 0x67, 0x79:
      let name = Unicode.Scalar(scalars[position + 1]).map { String(Character($0)) } ?? ""
      throw problem("\"\\\(name)\" is not supported")
    case 0x6B:
      position += 2
      return try reference(toName: true)
    case 0x31...0x39:
      if isReference(scalars[(position + 1)...]) {
        position += 1
        return try reference(toName: false)
      }
    default: break
    }
    if let set = try escapedSet(inBrackets: false) { return .set(set) }
    return character(try escapedScalar())
  }

  /// Whether a number names a group, as all of one digit do and those of groups that have begun; others are octal.
  private func isReference(_ rest: ArraySlice<UInt32>) -> Bool {
    let digits = rest.prefix(4).prefix { (0x30...0x39).contains($0) }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return number <= max(9, groups) || digits.first.map { $0 > 0x37 } ?? false
  }

  private mutating func taken(_ node: RegexNode) -> RegexNode {
    position += 2
    return node
  }

  /// The set that an escape such as `\w` or `\p{Lu}` stands for, in brackets too.
  mutating func escapedSet(inBrackets: Bool) throws(RegexProblem) -> ScalarSet? {
    guard position + 1 < scalars.count, let letter = Unicode.Scalar(scalars[position + 1]) else { return nil }
    switch letter {
    case "d", "h", "s", "w", "D", "H", "S", "W":
      let name = "\\" + String(Character(letter)).lowercased()
      guard let set = ScalarSet(named: inBrackets ? "[\(name)]" : name) else { return nil }
      position += 2
      return ("a"..."z").contains(letter) ? set : set.inverted
    case "p", "P":
      guard position + 2 < scalars.count, scalars[position + 2] == 0x7B else { return nil }
      guard let end = scalars[position...].firstIndex(of: 0x7D) else { throw problem("a property does not end") }
      var name = scalars[(position + 3)..<end]
      let isNegated = name.first == 0x5E
      if isNegated { name.removeFirst() }
      let text = String(String.UnicodeScalarView(name.compactMap(Unicode.Scalar.init)))
      guard !text.hasPrefix("["), !text.hasPrefix("\\"), let set = ScalarSet(named: ScalarSet.normalized(text)) else {
        throw problem("the property \"\(text)\" is not known")
      }
      position = end + 1
      return isNegated != (letter == "P") ? set.inverted : set
    default: return nil
    }
  }

  /// The character that an escape stands for, in brackets too.
  mutating func escapedScalar() throws(RegexProblem) -> UInt32 {
    guard position + 1 < scalars.count else { throw problem("the expression ends with a backslash") }
    let letter = scalars[position + 1]
    let start = position
    position += 2
    switch letter {
    case 0x74: return 0x09
    case 0x76: return 0x0B
    case 0x6E: return 0x0A
    case 0x72: return 0x0D
    case 0x66: return 0x0C
    case 0x61: return 0x07
    case 0x65: return 0x1B
    case 0x78:
      if next == 0x7B {
        position += 1
        let value = digits(16, atMost: 8)
        guard let value, takes("}") else {
          position = start
          throw problem("expected one character as \\x{...}")
        }
        return try valid(value, start)
      }
      guard let value = digits(16, atMost: 2) else {
        position = start
        throw problem("expected digits after \\x")
      }
      return try ascii(value, start)
    case 0x75:
      let first = position
      guard let value = digits(16, atMost: 4), position == first + 4 else {
        position = start
        throw problem("expected four digits after \\u")
      }
      return try valid(value, start)
    case 0x6F where next == 0x7B:
      position += 1
      guard let value = digits(8, atMost: 11), takes("}") else {
        position = start
        throw problem("expected one character as \\o{...}")
      }
      return try valid(value, start)
    case 0x30...0x37:
      position -= 1
      return try ascii(digits(8, atMost: 3) ?? 0, start)
    case 0x63, 0x43, 0x4D:
      position = start
      throw problem("write control and meta characters as \\x{...}")
    default: return letter
    }
  }

  private mutating func digits(_ base: UInt32, atMost limit: Int) -> UInt32? {
    var value: UInt32?
    var count = 0
    while count < limit, let scalar = next, let digit = Unicode.Scalar(scalar).flatMap({ Character($0).hexDigitValue }),
      scalar < 0x80, digit < base
    {
      let (product, overflows) = (value ?? 0).multipliedReportingOverflow(by: base)
      value = overflows ? .max : product | UInt32(digit)
      if overflows { break }
      position += 1
      count += 1
    }
    return value
  }

  private mutating func valid(_ value: UInt32, _ start: Int) throws(RegexProblem) -> UInt32 {
    guard Unicode.Scalar(value) != nil else {
      position = start
      throw problem("this is no character")
    }
    return value
  }

  /// Numbers without braces are bytes of UTF-8 for the reference.
  private mutating func ascii(_ value: UInt32, _ start: Int) throws(RegexProblem) -> UInt32 {
    guard value < 0x80 else {
      position = start
      throw problem("write characters beyond U+007F as \\x{...}")
    }
    return value
  }
}
