internal import NeedletailTokenizers

/// A question's text around the two texts of a pair, and how much of it stays when a document is cut.
struct QuestionForm: Sendable {
  private let before: String
  private let between: String
  private let after: String
  /// Tokens that end every question: those after the document, special ones included.
  let ending: Int

  /// Takes a template apart.
  ///
  /// - Throws: ``EmbeddingError`` with code `.request` for a template without a place for each text.
  init(_ template: String, tokenizer: Tokenizer) throws {
    let query = template.ranges(of: "{query}")
    let document = template.ranges(of: "{document}")
    guard query.count == 1, document.count == 1, query[0].upperBound <= document[0].lowerBound else {
      throw EmbeddingError(
        .request, "template \"\(template)\"", "should have {query} and, after it, {document}, once each")
    }
    before = String(template[..<query[0].lowerBound])
    between = String(template[query[0].upperBound..<document[0].lowerBound])
    after = String(template[document[0].upperBound...])
    var tokens = PackedTokens()
    try tokenizer.pack([after], into: &tokens)
    ending = tokens.ids.count
  }

  /// Adds the question about a pair to a batch.
  ///
  /// - Parameter limit: Tokens after which it is cut, more than ``ending``: the document loses its last ones, then the
  ///   query; what the template has after them stays.
  func pack(
    _ query: String, _ document: String, limit: Int, tokenizer: Tokenizer, into packed: inout PackedTokens
  ) throws {
    var tokens = PackedTokens()
    try tokenizer.pack([before + query + between + document + after], into: &tokens)
    let excess = tokens.ids.count - limit
    if excess > 0 {
      let end = tokens.ids.count - ending
      tokens.ids.removeSubrange(end - excess..<end)
    }
    packed.append(ids: tokens.ids)
  }
}
