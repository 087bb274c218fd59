internal import NeedletailTokenizers

/// Token frequencies guessed from a vocabulary alone: trained vocabularies list tokens from frequent to rare, and word
/// frequencies fall as 1 / rank (Zipf's law).
///
/// Tokens of one character stand at the front of most vocabularies for another reason, to spell the unknown; they share
/// a rank of their own. Special and unused tokens, in brackets, do not occur.
struct VocabularyFrequencies {
  /// Among them are the full stop, the comma and the article "a".
  private static let rankOfCharacters = 10.0

  /// Frequencies by id, relative to all tokens of more than one character.
  let values: [Double]

  init(_ tokenizer: Tokenizer) {
    var rank = 0.0
    let weights = (0..<tokenizer.vocabularySize).map { id in
      guard let token = tokenizer.token(forID: Int32(id)), !tokenizer.isSpecial(Int32(id)), !Self.isBracketed(token)
      else { return 0.0 }
      if Self.isCharacter(token) { return 1 / Self.rankOfCharacters }
      rank += 1
      return 1 / rank
    }
    let total = (0..<Int(rank)).reduce(0.0) { $0 + 1 / Double($1 + 1) }
    values = total > 0 ? weights.map { $0 / total } : weights.map { _ in 1 / Double(weights.count) }
  }

  /// "[unused7]", "<mask>".
  private static func isBracketed(_ token: String) -> Bool {
    guard token.utf8.count > 2, let first = token.utf8.first, let last = token.utf8.last else { return false }
    return (first == UInt8(ascii: "[") && last == UInt8(ascii: "]"))
      || (first == UInt8(ascii: "<") && last == UInt8(ascii: ">"))
  }

  /// One scalar, beside the marks of word pieces ("##"), sentence pieces ("▁") and byte-level pieces ("Ġ").
  private static func isCharacter(_ token: String) -> Bool {
    var scalars = Array(token.unicodeScalars)
    if scalars.count > 2, scalars.starts(with: ["#", "#"]) { scalars.removeFirst(2) }
    if scalars.count > 1, scalars[0] == "\u{2581}" || scalars[0] == "\u{120}" { scalars.removeFirst() }
    return scalars.count == 1
  }
}
