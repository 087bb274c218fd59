/// What an encoder-decoder such as monoT5 is asked about a query and a document, and the words that it answers with.
///
/// The score is the logit of the word that says yes as the first word of the answer, less that of the word that says
/// no: a sigmoid of it is the softmax over the two.
public struct PairQuestion: Sendable, Equatable {
  /// The question, with `{query}` and, after it, `{document}`, once each.
  public var template: String
  /// The word that says that the two belong together: what follows "▁" in a token that begins a word, or a whole token.
  public var yes: String
  /// The word that says that they do not; without it the score is the logit of ``yes``.
  public var no: String?

  /// A question; see the properties.
  public init(_ template: String, yes: String, no: String? = nil) {
    self.template = template
    self.yes = yes
    self.no = no
  }

  /// That of monoT5 (Nogueira and others 2020, arXiv:2003.06713): "true" or "false".
  public static let monoT5 = PairQuestion(monoTemplate, yes: "true", no: "false")
  /// That of the multilingual monoT5 of mMARCO (Bonifacio and others 2021, arXiv:2108.13897): "yes" or "no".
  public static let monoMT5 = PairQuestion(monoTemplate, yes: "yes", no: "no")
  /// That of RankT5 (Zhuang and others 2022, arXiv:2210.10634): the logit of a token that no text has.
  public static let rankT5 = PairQuestion("Query: {query} Document: {document}", yes: "<extra_id_10>")

  private static let monoTemplate = "Query: {query} Document: {document} Relevant:"
}
