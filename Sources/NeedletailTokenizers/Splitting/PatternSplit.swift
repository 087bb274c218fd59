/// Splitting at the matches of a string or of a well-known regular expression.
struct PatternSplit: Sendable {
  enum Pattern: Sendable {
    /// A string that is not empty.
    case string([UInt32])
    case known(SplitPattern)
    case regex(Regex)
  }

  let pattern: Pattern
  let behavior: SplitBehavior
  /// Whether what is between the matches counts as the matches.
  let isInverted: Bool

  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  func split(_ text: inout SplitText) throws(TokenizerError) {
    try text.split(behavior) { scalars, piece throws(TokenizerError) in
      let matches =
        switch pattern {
        case .string(let string): Self.matches(of: string, in: scalars, piece)
        case .known(let pattern): Self.matches(of: pattern, in: scalars, piece)
        case .regex(let regex): try Self.matches(of: regex, in: scalars, piece)
        }
      return isInverted ? matches.map { ($0.range, !$0.isMatch) } : matches
    }
  }

  private typealias Section = SplitText.Section

  private static func matches(of pattern: SplitPattern, in scalars: [UInt32], _ piece: Range<Int>) -> [Section] {
    let scanner = PatternScanner(pattern: pattern, source: ScalarList(scalars: scalars, end: piece.upperBound))
    var sections: [Section] = []
    var written = piece.lowerBound
    var position = piece.lowerBound
    while position < piece.upperBound {
      guard let end = scanner.match(at: position) else {
        position += 1
        continue
      }
      if written < position { sections.append((written..<position, false)) }
      sections.append((position..<end, true))
      position = end
      written = end
    }
    if written < piece.upperBound { sections.append((written..<piece.upperBound, false)) }
    return sections
  }

  private static func matches(
    of regex: Regex, in scalars: [UInt32], _ piece: Range<Int>
  ) throws(TokenizerError) -> [Section] {
    var sections: [Section] = []
    var written = piece.lowerBound
    for match in try regex.matches(in: scalars[piece]) {
      let (start, end) = (piece.lowerBound + match.lowerBound, piece.lowerBound + match.upperBound)
      if written < start { sections.append((written..<start, false)) }
      sections.append((start..<end, true))
      written = end
    }
    if written < piece.upperBound { sections.append((written..<piece.upperBound, false)) }
    return sections
  }

  private static func matches(of string: [UInt32], in scalars: [UInt32], _ piece: Range<Int>) -> [Section] {
    var sections: [Section] = []
    var written = piece.lowerBound
    var position = piece.lowerBound
    while position + string.count <= piece.upperBound {
      guard scalars[position] == string[0], scalars[position..<(position + string.count)].elementsEqual(string) else {
        position += 1
        continue
      }
      if written < position { sections.append((written..<position, false)) }
      sections.append((position..<(position + string.count), true))
      position += string.count
      written = position
    }
    if written < piece.upperBound { sections.append((written..<piece.upperBound, false)) }
    return sections
  }
}

extension SplitText {
  /// A part of a piece and whether it matches.
  typealias Section = (range: Range<Int>, isMatch: Bool)

  /// Splits every piece at its matching sections.
  mutating func split(
    _ behavior: SplitBehavior, sections: ([UInt32], Range<Int>) throws(TokenizerError) -> [Section]
  ) throws(TokenizerError) {
    try replacePieces { text, piece, result throws(TokenizerError) in
      let first = result.count
      var previousMatched = false
      for (range, isMatch) in try sections(text.scalars, piece) {
        let joins =
          switch behavior {
          case .removed, .isolated: false
          case .contiguous: isMatch == previousMatched
          case .mergedWithPrevious: isMatch && !previousMatched
          case .mergedWithNext: !isMatch && previousMatched
          }
        if isMatch, behavior == .removed {
          // Dropped.
        } else if joins, result.count > first {
          result[result.count - 1] = result[result.count - 1].lowerBound..<range.upperBound
        } else {
          result.append(range)
        }
        previousMatched = isMatch
      }
      // Matches of no length only decide what is joined.
      if result[first...].contains(where: \.isEmpty) {
        let kept = result[first...].filter { !$0.isEmpty }
        result.replaceSubrange(first..., with: kept)
      }
    }
  }

  /// Cuts every piece after each `length` scalars.
  mutating func split(every length: Int) throws(TokenizerError) {
    try replacePieces { _, piece, result throws(TokenizerError) in
      for start in stride(from: piece.lowerBound, to: piece.upperBound, by: length) {
        result.append(start..<min(start + length, piece.upperBound))
      }
    }
  }
}
