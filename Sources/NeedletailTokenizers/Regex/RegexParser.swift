/// Reads a regular expression in Oniguruma's own syntax, which the reference library uses.
///
/// What is not read here is an error that tells it by name, never a guess.
struct RegexParser {
  /// What `(?imx)` switches.
  struct Options {
    var ignoresCase = false
    var dotTakesNewline = false
    var isSpaced = false
  }

  let scalars: [UInt32]
  var position = 0
  var options = Options()
  private(set) var groups = 0
  private var names: [String: [Int]] = [:]
  /// Whether plain parentheses only group, as they do once a group has a name.
  private let onlyNamesCapture: Bool
  private(set) var hasReferences = false
  var depth = 0
  static let deepest = 100
  /// Longer expressions are refused, scalars.
  static let longest = 20_000

  /// The tree of an expression.
  static func parse(_ pattern: String) throws(RegexProblem) -> (node: RegexNode, hasReferences: Bool) {
    let scalars = pattern.unicodeScalars.map(\.value)
    guard scalars.count <= longest else {
      throw RegexProblem(message: "it is \(scalars.count) characters long, at most \(longest) are read")
    }
    var parser = RegexParser(scalars)
    let node = try parser.alternatives()
    if parser.position < scalars.count { throw parser.problem("a closing parenthesis has no partner") }
    return (node, parser.hasReferences)
  }

  private init(_ scalars: [UInt32]) {
    self.scalars = scalars
    let text = String(String.UnicodeScalarView(scalars.compactMap(Unicode.Scalar.init)))
    // Names are looked for roughly: an escaped parenthesis costs no more than captures that nobody asks for.
    let named = text.contains("(?<") && (text.contains("(?'") || Self.hasName(scalars))
    onlyNamesCapture = named || text.contains("(?'")
  }

  private static func hasName(_ scalars: [UInt32]) -> Bool {
    for index in scalars.indices.dropLast(3)
    where scalars[index] == 0x28 && scalars[index + 1] == 0x3F && scalars[index + 2] == 0x3C {
      if scalars[index + 3] != 0x3D, scalars[index + 3] != 0x21 { return true }
    }
    return false
  }

  func problem(_ message: String) -> RegexProblem {
    RegexProblem(message: message, place: min(position, scalars.count))
  }

  var next: UInt32? { position < scalars.count ? scalars[position] : nil }

  func sees(_ text: String) -> Bool {
    let wanted = text.unicodeScalars.map(\.value)
    return position + wanted.count <= scalars.count
      && scalars[position..<(position + wanted.count)].elementsEqual(wanted)
  }

  mutating func takes(_ text: String) -> Bool {
    guard sees(text) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  // MARK: - Branches

  /// Alternatives up to a closing parenthesis or the end; options hold for them only.
  private mutating func alternatives() throws(RegexProblem) -> RegexNode {
    depth += 1
    guard depth <= Self.deepest else {
      throw problem("more than \(Self.deepest) groups or classes stand in one another")
    }
    let saved = options
    defer {
      options = saved
      depth -= 1
    }
    var branches: [RegexNode] = []
    repeat { branches.append(try branch()) } while takes("|")
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func branch() throws(RegexProblem) -> RegexNode {
    var nodes: [RegexNode] = []
    while let scalar = next, scalar != 0x7C, scalar != 0x29 {
      if options.isSpaced, skipsSpace() { continue }
      guard let atom = try atom() else { continue }
      nodes.append(try quantified(atom))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// White space and comments of the spaced form.
  private mutating func skipsSpace() -> Bool {
    guard let scalar = next else { return false }
    if scalar == 0x23 {
      while next != nil, next != 0x0A { position += 1 }
      return true
    }
    guard scalar == 0x20 || (0x09...0x0D).contains(scalar) else { return false }
    position += 1
    return true
  }

  // MARK: - Repetition

  private mutating func quantified(_ atom: RegexNode) throws(RegexProblem) -> RegexNode {
    var node = atom
    var count = 0
    while true {
      if options.isSpaced { while skipsSpace() {} }
      guard let scalar = next else { return node }
      var bounds: (least: Int, most: Int?)
      var isInterval = false
      switch scalar {
      case 0x2A: bounds = (0, nil)
      case 0x2B: bounds = (1, nil)
      case 0x3F: bounds = (0, 1)
      case 0x7B:
        guard let interval = try interval() else { return node }
        bounds = interval
        isInterval = true
      default: return node
      }
      switch node {
      case .anchor, .look, .keep: throw problem("nothing that can be repeated stands before this")
      default: break
      }
      count += 1
      guard count <= 8 else { throw problem("more than 8 repetitions follow one another") }
      if !isInterval { position += 1 }
      var greed = RegexNode.Greed.greedy
      if isInterval, bounds.least == bounds.most, sees("?") {
        // A fixed count has no lazy form: the question mark makes it optional.
      } else if takes("?") {
        greed = .lazy
      } else if !isInterval, takes("+") {
        greed = .possessive
      }
      node = Self.repeated(node, bounds, greed)
    }
  }

  /// A repetition; those directly in one another become one, as the reference does it.
  private static func repeated(
    _ node: RegexNode, _ bounds: (least: Int, most: Int?), _ greed: RegexNode.Greed
  ) -> RegexNode {
    func isSimple(_ least: Int, _ most: Int?) -> Bool { most == nil ? least < 2 : least == 0 && most == 1 }
    if case .repeated(let inner, let least, let most, .greedy) = node, greed == .greedy, isSimple(least, most),
      isSimple(bounds.least, bounds.most)
    {
      let isEndless = most == nil || bounds.most == nil
      return .repeated(
        inner, least: min(least, bounds.least), most: isEndless ? nil : 1, greed: .greedy)
    }
    return .repeated(node, least: bounds.least, most: bounds.most, greed: greed)
  }

  /// The bounds of `{n,m}`; `nil` where the brace is a character like others.
  private mutating func interval() throws(RegexProblem) -> (least: Int, most: Int?)? {
    let start = position
    position += 1
    let least = try number()
    var most = least
    if takes(",") { most = try number() } else if least == nil { most = nil }
    let hasComma = position > start + 1 && scalars[start..<position].contains(0x2C)
    guard least != nil || hasComma && most != nil, takes("}") else {
      position = start
      return nil
    }
    if let least, let most, least > most { throw problem("the bounds of this repetition are in the wrong order") }
    return (least ?? 0, hasComma ? most : least)
  }

  private mutating func number() throws(RegexProblem) -> Int? {
    var value: Int?
    while let scalar = next, (0x30...0x39).contains(scalar) {
      let sum = (value ?? 0) * 10 + Int(scalar - 0x30)
      guard sum <= 65_535 else { throw problem("at most 65535 repetitions are supported") }
      value = sum
      position += 1
    }
    return value
  }

  // MARK: - Atoms

  /// One element; `nil` for what leaves none, such as a comment.
  private mutating func atom() throws(RegexProblem) -> RegexNode? {
    guard let scalar = next else { return nil }
    switch scalar {
    case 0x28: return try group()
    case 0x5B:
      position += 1
      return try bracketed()
    case 0x2E:
      position += 1
      return .set(options.dotTakesNewline ? .all : ScalarSet(0x0A).inverted)
    case 0x5E:
      position += 1
      return .anchor(.lineStart)
    case 0x24:
      position += 1
      return .anchor(.lineEnd)
    case 0x5C: return try escaped()
    case 0x2A, 0x2B, 0x3F: throw problem("nothing that can be repeated stands before this")
    case 0x7B:
      if try interval() != nil { throw problem("nothing that can be repeated stands before this") }
      position += 1
      return character(scalar)
    default:
      position += 1
      return character(scalar)
    }
  }

  func character(_ scalar: UInt32) -> RegexNode { options.ignoresCase ? .folded(scalar) : .set(ScalarSet(scalar)) }

  /// A class in brackets with what ignoring case adds to it.
  private mutating func bracketed() throws(RegexProblem) -> RegexNode {
    let (set, isNegated) = try brackets()
    guard options.ignoresCase else { return .set(isNegated ? set.inverted : set) }
    let closed = CaseFolding.closure(set)
    guard !isNegated else { return .set(closed.inverted) }
    let strings = CaseFolding.long.filter { set.contains($0.scalar) }.map(\.fold)
    guard !strings.isEmpty else { return .set(closed) }
    return .alternatives([.set(closed)] + strings.map { .sequence($0.map { .set(CaseFolding.alike($0)) }) })
  }

  // MARK: - Groups

  private mutating func group() throws(RegexProblem) -> RegexNode? {
    if sees("(?#") {
      while let scalar = next, scalar != 0x29 { position += scalar == 0x5C ? 2 : 1 }
      guard takes(")") else { throw problem("a comment does not end") }
      return nil
    }
    if sees("(*") { throw problem("callouts are not supported") }
    let node: RegexNode
    if takes("(?:") {
      node = try inner()
    } else if takes("(?=") {
      node = .look(try inner(), ahead: true, negated: false)
    } else if takes("(?!") {
      node = .look(try inner(), ahead: true, negated: true)
    } else if takes("(?<=") {
      node = .look(try inner(), ahead: false, negated: false)
    } else if takes("(?<!") {
      node = .look(try inner(), ahead: false, negated: true)
    } else if takes("(?>") {
      node = .atomic(try inner())
    } else if sees("(?<") || sees("(?'") {
      let name = try name(after: 2)
      groups += 1
      let number = groups
      names[name, default: []].append(number)
      node = .capture(try inner(), number)
    } else if sees("(?") {
      return try optionGroup()
    } else {
      position += 1
      if onlyNamesCapture {
        node = try inner()
      } else {
        groups += 1
        let number = groups
        node = .capture(try inner(), number)
      }
    }
    return node
  }

  private mutating func inner() throws(RegexProblem) -> RegexNode {
    let node = try alternatives()
    guard takes(")") else { throw problem("a group does not end") }
    return node
  }

  /// The name between `<` and `>`, or two quotes.
  private mutating func name(after skipped: Int) throws(RegexProblem) -> String {
    position += skipped
    let closing: UInt32 = next == 0x27 ? 0x27 : 0x3E
    position += 1
    var name = String.UnicodeScalarView()
    while let scalar = next, scalar != closing {
      guard let valid = Unicode.Scalar(scalar), valid != ")" else { throw problem("a name does not end") }
      name.append(valid)
      position += 1
    }
    guard next == closing, let first = name.first, !("0"..."9").contains(first), first != "-", first != "+" else {
      throw problem("expected the name of a group")
    }
    position += 1
    return String(name)
  }

  private mutating func optionGroup() throws(RegexProblem) -> RegexNode? {
    position += 2
    var changed = options
    var isOn = true
    guard next != 0x29 else { throw problem("a group of options is empty") }
    while let scalar = next, scalar != 0x29, scalar != 0x3A {
      switch scalar {
      case 0x2D: isOn = false
      case 0x69: changed.ignoresCase = isOn
      case 0x6D: changed.dotTakesNewline = isOn
      case 0x78: changed.isSpaced = isOn
      default:
        let name = Unicode.Scalar(scalar).map { String(Character($0)) } ?? ""
        throw problem("the group \"(?\(name)\" is not supported")
      }
      position += 1
    }
    guard next != nil else { throw problem("a group does not end") }
    let saved = options
    options = changed
    if takes(":") {
      let node = try inner()
      options = saved
      return node
    }
    position += 1
    // Options without a group hold up to the end of the group around them, its alternatives included.
    let rest = try alternatives()
    options = saved
    return rest
  }

  // MARK: - References

  mutating func reference(toName isName: Bool) throws(RegexProblem) -> RegexNode {
    guard !options.ignoresCase else { throw problem("references without regard to case are not supported") }
    hasReferences = true
    if isName {
      guard next == 0x3C || next == 0x27 else { throw problem("expected the name of a group") }
      let name = try name(after: 0)
      guard let numbers = names[name] else { throw problem("no group before this is called \"\(name)\"") }
      return .reference(numbers.reversed())
    }
    guard !onlyNamesCapture, let number = try number(), (1...max(1, groups)).contains(number), groups > 0 else {
      throw problem("a reference should name a group before it")
    }
    return .reference([number])
  }
}
