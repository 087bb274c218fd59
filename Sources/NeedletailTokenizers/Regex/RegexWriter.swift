/// Writes a tree as an expression of PCRE2 over the letters of an alphabet.
struct RegexWriter {
  let alphabet: RegexAlphabet
  let captures: Bool
  private var text = ""

  /// - Returns: The expression, and how its letters are told apart.
  static func write(_ node: RegexNode, hasReferences: Bool) throws(RegexProblem) -> (String, RegexAlphabet) {
    let node = node.unfolded()
    guard node.weight <= mostWeight else {
      throw RegexProblem(message: "its repetitions multiply beyond \(mostWeight)")
    }
    var sets: Set<ScalarSet> = [newline, newline.inverted, word]
    node.collect(&sets)
    guard sets.reduce(0, { $0 + $1.ranges.count }) <= mostRanges else {
      throw RegexProblem(message: "its classes have more than \(mostRanges) ranges")
    }
    var writer = RegexWriter(
      alphabet: hasReferences ? RegexAlphabet() : RegexAlphabet(telling: sets), captures: hasReferences)
    try writer.add(node)
    return (writer.text, writer.alphabet)
  }

  private static let mostWeight = 100_000.0
  private static let mostRanges = 200_000
  fileprivate static let newline = ScalarSet(0x0A)
  fileprivate static let word = ScalarSet(named: "\\w") ?? .none

  private init(alphabet: RegexAlphabet, captures: Bool) {
    self.alphabet = alphabet
    self.captures = captures
  }

  private mutating func add(_ node: RegexNode) throws(RegexProblem) {
    switch node {
    case .set(let set): text += written(set)
    case .folded(let scalar): text += written(ScalarSet(scalar))
    case .sequence(let nodes): for node in nodes { try addUnit(node) }
    case .alternatives(let nodes):
      for (index, node) in nodes.enumerated() {
        if index > 0 { text += "|" }
        try add(node)
      }
    case .repeated(let node, let least, let most, let greed):
      try addGroup("(?:", node)
      text += Self.bounds(least, most)
      text += greed == .lazy ? "?" : greed == .possessive ? "+" : ""
    case .capture(let node, _): try addGroup(captures ? "(" : "(?:", node)
    case .atomic(let node): try addGroup("(?>", node)
    case .look(let node, ahead: true, let negated): try addGroup(negated ? "(?!" : "(?=", node)
    case .look(let node, ahead: false, let negated): try addGroup(negated ? "(?<!" : "(?<=", node.behind())
    case .reference(let numbers):
      text += "(?:" + numbers.map { "\\g{\($0)}" }.joined(separator: "|") + ")"
    case .anchor(let anchor): text += written(anchor)
    case .keep: text += "\\K"
    }
  }

  private mutating func addUnit(_ node: RegexNode) throws(RegexProblem) {
    switch node {
    case .alternatives: try addGroup("(?:", node)
    default: try add(node)
    }
  }

  private mutating func addGroup(_ opening: String, _ node: RegexNode) throws(RegexProblem) {
    if opening == "(?:", case .set(let set) = node, !set.isEmpty {
      text += written(set)
      return
    }
    text += opening
    try add(node)
    text += ")"
  }

  private static func bounds(_ least: Int, _ most: Int?) -> String {
    switch (least, most) {
    case (0, nil): "*"
    case (1, nil): "+"
    case (0, 1): "?"
    case (_, nil): "{\(least),}"
    case (_, let most?): most == least ? "{\(least)}" : "{\(least),\(most)}"
    }
  }

  private func written(_ set: ScalarSet) -> String {
    if set.isAll { return "." }
    let letters = alphabet.letters(of: set)
    if letters.isEmpty { return "(?!)" }
    func name(_ letter: UInt32) -> String { "\\x{" + String(letter, radix: 16) + "}" }
    if letters.ranges.count == 1, letters.ranges[0].count == 1 { return name(letters.ranges[0].lowerBound) }
    let ranges = letters.ranges.map { range in
      range.count == 1 ? name(range.lowerBound) : name(range.lowerBound) + "-" + name(range.upperBound)
    }
    return "[" + ranges.joined() + "]"
  }

  private func written(_ anchor: RegexNode.Anchor) -> String {
    let newline = written(Self.newline)
    let word = written(Self.word)
    return switch anchor {
    case .textStart: "\\A"
    case .textEnd: "\\z"
    // A newline at the very end begins no line.
    case .lineStart: "(?:\\A|(?<=\(newline))(?=.))"
    case .lineEnd: "(?!\(written(Self.newline.inverted)))"
    case .lastLineEnd: "(?=\(newline)?\\z)"
    case .wordBoundary: "(?:(?<=\(word))(?!\(word))|(?<!\(word))(?=\(word)))"
    case .insideWord: "(?:(?<=\(word))(?=\(word))|(?<!\(word))(?!\(word)))"
    }
  }
}

extension RegexNode {
  /// About how many elements the engine makes of this, which copies what is repeated.
  fileprivate var weight: Double {
    switch self {
    case .set, .folded, .reference, .anchor, .keep: 1
    case .sequence(let nodes), .alternatives(let nodes): nodes.reduce(1) { $0 + $1.weight }
    case .repeated(.set, _, _, _): 1
    case .repeated(let node, let least, let most, _): node.weight * Double(max(1, most ?? max(1, least)))
    case .capture(let node, _), .atomic(let node), .look(let node, _, _): node.weight + 1
    }
  }

  fileprivate func collect(_ sets: inout Set<ScalarSet>) {
    switch self {
    case .set(let set): sets.insert(set)
    case .folded(let scalar): sets.insert(ScalarSet(scalar))
    case .sequence(let nodes), .alternatives(let nodes): for node in nodes { node.collect(&sets) }
    case .repeated(let node, _, _, _), .capture(let node, _), .atomic(let node), .look(let node, _, _):
      node.collect(&sets)
    case .reference, .anchor, .keep: break
    }
  }
}
