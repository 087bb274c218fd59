/// A regular expression as a tree, in which every character and class is a set of scalars.
indirect enum RegexNode: Sendable {
  /// How a repetition gives back what it took.
  enum Greed: Sendable {
    case greedy, lazy, possessive
  }

  /// A place that takes no text.
  enum Anchor: Sendable {
    case lineStart, lineEnd, textStart, textEnd, lastLineEnd, wordBoundary, insideWord
  }

  case set(ScalarSet)
  /// A character without regard to case; neighbours may fold together.
  case folded(UInt32)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// - `most` is `nil` without an end.
  case repeated(RegexNode, least: Int, most: Int?, greed: Greed)
  /// A group whose text may be referred to, counted from 1.
  case capture(RegexNode, Int)
  case atomic(RegexNode)
  case look(RegexNode, ahead: Bool, negated: Bool)
  case reference([Int])
  case anchor(Anchor)
  /// The match begins here.
  case keep

  static let empty = RegexNode.sequence([])
}

/// Why a regular expression cannot be used here.
struct RegexProblem: Error {
  let message: String
  /// Where in the expression, in scalars from 0.
  var place: Int?
}
