/// Greedy longest match from both ends of a word; the half whose tokens are more frequent is taken (Lee and others 2020,
/// KR-BERT, arXiv:2008.03979).
///
/// The order of the vocabulary is the order of frequency. The ids of both results are sorted and compared one by one;
/// the smaller list wins, the one from the right where they are equal, as the authors' program does it. A word that one
/// direction cannot write is unknown.
struct BidirectionalWordPiece: Sendable {
  let forward: WordPiece
  /// Ids below are not counted: they are special tokens.
  let firstRanked: Int32

  static let maximumScalars = 200
  /// KR-BERT's vocabularies begin with five special tokens.
  static let usualFirstRanked: Int32 = 5

  var vocabulary: Vocabulary { forward.vocabulary }

  func tokenize(_ piece: ArraySlice<UInt32>, into tokens: inout [ModelToken]) {
    var left: [ModelToken] = []
    forward.tokenize(piece, into: &left)
    let right = tokensFromRight(piece)
    func ranks(_ tokens: [ModelToken]) -> [Int32] { tokens.map(\.id).filter { $0 >= firstRanked }.sorted() }
    tokens += ranks(left).lexicographicallyPrecedes(ranks(right)) ? left : right
  }

  /// The longest token that ends the word, then the longest that ends the rest, and so on.
  private func tokensFromRight(_ piece: ArraySlice<UInt32>) -> [ModelToken] {
    let isUnknown = [ModelToken(id: forward.unknown, range: 0..<piece.count)]
    guard piece.count <= forward.maximumScalars else { return isUnknown }
    var result: [ModelToken] = []
    var end = piece.count
    while end > 0 {
      // No token has more scalars than bytes.
      var start = max(0, end - max(vocabulary.longest, 1))
      var found: Int?
      while start < end {
        var bytes: [UInt8] = start > 0 ? forward.prefix : []
        for scalar in piece[(piece.startIndex + start)..<(piece.startIndex + end)] { bytes.appendUTF8(scalar) }
        found = vocabulary.id(bytes)
        if found != nil { break }
        start += 1
      }
      guard let found else { return isUnknown }
      result.append(ModelToken(id: Int32(truncatingIfNeeded: found), range: start..<end))
      end = start
    }
    return result.reversed()
  }
}
