/// The second stage: where a normalized text is split into the pieces that the model sees one by one.
indirect enum PreTokenizer: Sendable {
  case bert
  /// `\w+|[^\w\s]+`
  case whitespace
  case whitespaceSplit
  /// Cuts between white space and the rest, and drops nothing.
  case whitespaceRuns
  case punctuation(SplitBehavior)
  case digits(individually: Bool)
  case pattern(PatternSplit)
  case byteLevel(ByteLevel)
  /// Cuts after each so many scalars.
  case fixedLength(Int)
  case metaspace(Metaspace)
  /// Cuts where the script changes.
  case scripts
  case sequence([PreTokenizer])

  /// - Throws: ``TokenizerError`` with code `.patternLimit`.
  func split(_ pieces: inout SplitText) throws(TokenizerError) {
    switch self {
    case .bert:
      pieces.split(.removed) { ScalarProperties($0).isWhitespace }
      pieces.split(.isolated) { ScalarProperties($0).isPunctuation }
    case .whitespace:
      pieces.splitIntoRuns { scalar in
        let properties = ScalarProperties(scalar)
        return properties.isWord ? 1 : properties.isWhitespace ? 0 : 2
      }
    case .whitespaceSplit: pieces.split(.removed) { ScalarProperties($0).isWhitespace }
    case .whitespaceRuns: pieces.splitIntoRuns { ScalarProperties($0).isWhitespace ? 1 : 2 }
    case .punctuation(let behavior): pieces.split(behavior) { ScalarProperties($0).isPunctuation }
    case .digits(let individually):
      pieces.split(individually ? .isolated : .contiguous) { ScalarProperties($0).isNumeric }
    case .pattern(let pattern): try pattern.split(&pieces)
    case .byteLevel(let byteLevel): try byteLevel.split(&pieces)
    case .fixedLength(let length): try pieces.split(every: length)
    case .metaspace(let metaspace): metaspace.split(&pieces)
    case .scripts: try pieces.splitAtScripts()
    case .sequence(let stages): for stage in stages { try stage.split(&pieces) }
    }
  }
}

/// What becomes of the scalars that a text is split at.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// A text and the ranges of it that are pieces so far, in order, none empty.
struct SplitText {
  private(set) var text: NormalizedText
  private(set) var pieces: [Range<Int>]

  init(_ text: NormalizedText) {
    self.text = text
    pieces = text.count == 0 ? [] : [0..<text.count]
  }

  /// Replaces each scalar by one other.
  mutating func map(_ replacement: (UInt32) -> UInt32) { text.map(replacement) }

  /// Puts a scalar before every piece that asks for it.
  mutating func prepend(_ scalar: UInt32, where needs: (NormalizedText, Range<Int>) -> Bool) {
    let positions = pieces.filter { needs(text, $0) }.map(\.lowerBound)
    guard !positions.isEmpty else { return }
    var shift = 0
    for index in pieces.indices {
      let longer = shift < positions.count && positions[shift] == pieces[index].lowerBound
      pieces[index] = (pieces[index].lowerBound + shift)..<(pieces[index].upperBound + shift + (longer ? 1 : 0))
      if longer { shift += 1 }
    }
    text.insert(scalar, at: positions)
  }

  /// Splits every piece at the scalars that match.
  mutating func split(_ behavior: SplitBehavior, at matches: (UInt32) -> Bool) {
    var result: [Range<Int>] = []
    for piece in pieces {
      let first = result.count  // pieces of another piece are never joined
      var previousMatched = false
      var index = piece.lowerBound
      while index < piece.upperBound {
        let matched = matches(text.scalars[index])
        var end = index + 1
        if !matched { while end < piece.upperBound, !matches(text.scalars[end]) { end += 1 } }
        let joins =
          switch behavior {
          case .removed, .isolated: false
          case .contiguous: matched == previousMatched
          case .mergedWithPrevious: matched && !previousMatched
          case .mergedWithNext: !matched && previousMatched
          }
        if matched, behavior == .removed {
          // Dropped.
        } else if joins, result.count > first {
          result[result.count - 1] = result[result.count - 1].lowerBound..<end
        } else {
          result.append(index..<end)
        }
        previousMatched = matched
        index = end
      }
    }
    pieces = result
  }

  /// Replaces every piece by those that `body` adds.
  mutating func replacePieces(
    _ body: (_ text: NormalizedText, _ piece: Range<Int>, _ result: inout [Range<Int>]) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    var result: [Range<Int>] = []
    for piece in pieces { try body(text, piece, &result) }
    pieces = result
  }

  /// Replaces the scalars of every piece by those that `body` adds, each with the old scalar whose place it takes.
  mutating func rewrite(
    _ body: (_ scalars: [UInt32], _ piece: Range<Int>, _ result: inout [UInt32], _ sources: inout [Int]) -> Void
  ) {
    var scalars: [UInt32] = []
    var sources: [Int] = []
    var newPieces: [Range<Int>] = []
    for piece in pieces {
      let start = scalars.count
      body(text.scalars, piece, &scalars, &sources)
      if scalars.count > start { newPieces.append(start..<scalars.count) }
    }
    text.rewrite(scalars, sources: sources)
    pieces = newPieces
  }

  /// Splits every piece into runs of scalars of one class; class 0 is dropped.
  mutating func splitIntoRuns(_ classify: (UInt32) -> Int) {
    var result: [Range<Int>] = []
    for piece in pieces {
      var index = piece.lowerBound
      while index < piece.upperBound {
        let kind = classify(text.scalars[index])
        var end = index + 1
        while end < piece.upperBound, classify(text.scalars[end]) == kind { end += 1 }
        if kind != 0 { result.append(index..<end) }
        index = end
      }
    }
    pieces = result
  }
}
