extension NormalizedText {
  /// Replaces every match; each scalar of the content stands for the last scalar of what it replaces.
  mutating func replace(_ pattern: SplitPattern, with content: [UInt32]) {
    // Single spaces become themselves.
    if case .spaces = pattern, content == [0x20], hasPlainSpaces { return }
    let scanner = PatternScanner(pattern: pattern, source: ScalarList(scalars: scalars, end: count))
    var replaced: [UInt32] = []
    var sources: [Int] = []
    var position = 0
    while position < count {
      if let end = scanner.match(at: position) {
        position = end
        replaced += content
        sources += repeatElement(position - 1, count: content.count)
      } else {
        replaced.append(scalars[position])
        sources.append(position)
        position += 1
      }
    }
    rewrite(replaced, sources: sources)
  }

  /// Replaces every match of any expression.
  ///
  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  mutating func replace(_ regex: Regex, with content: [UInt32]) throws(TokenizerError) {
    let matches = try regex.matches(in: scalars[...])
    guard !matches.isEmpty else { return }
    var replaced: [UInt32] = []
    var sources: [Int] = []
    var position = 0
    for match in matches {
      replaced += scalars[position..<match.lowerBound]
      sources += position..<match.lowerBound
      replaced += content
      sources += repeatElement(match.upperBound - 1, count: content.count)
      position = match.upperBound
    }
    replaced += scalars[position...]
    sources += position..<count
    rewrite(replaced, sources: sources)
  }

  /// Whether all white space is single spaces.
  private var hasPlainSpaces: Bool {
    var followsSpace = false
    for scalar in scalars {
      let isSpace = RegexClass(scalar).isSpace
      if isSpace, followsSpace || scalar != 0x20 { return false }
      followsSpace = isSpace
    }
    return true
  }
}
