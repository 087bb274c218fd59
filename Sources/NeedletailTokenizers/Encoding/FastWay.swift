/// The one-pass way of a tokenizer, where its pipeline is one of those that have one.
///
/// Each gives exactly what the stages give, one after another, which stay as the oracle.
enum FastWay: Sendable {
  /// Cleaning, splitting and looking up of BERT.
  case bert(BertScanner)
  /// Byte-level merging.
  case byteLevel(ByteLevelScanner)
  /// Unigram models and merging on text whose spaces are marked.
  case sentencePiece(SentencePieceScanner)
  /// The stages themselves, with quicker models.
  case stages

  init(added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel) {
    if let scanner = BertScanner(added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model) {
      self = .bert(scanner)
    } else if let scanner = ByteLevelScanner(
      added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model)
    {
      self = .byteLevel(scanner)
    } else if let scanner = SentencePieceScanner(
      added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model)
    {
      self = .sentencePiece(scanner)
    } else {
      self = .stages
    }
  }
}
