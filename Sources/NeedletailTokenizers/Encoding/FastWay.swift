/// The one-pass way of a tokenizer, where its pipeline is one of those that have one.
///
/// Each gives exactly what the stages give, one after another, which stay as the oracle.
enum FastWay: Sendable {
  /// Cleaning, splitting and looking up of BERT.
  case bert(BertScanner)
  /// Byte-level merging.
  case byteLevel(ByteLevelScanner)
  /// Unigram models behind a charsmap; for ids alone.
  case unigram(UnigramScanner)
  /// The stages themselves, with quicker models.
  case stages

  init(added: AddedTokens, normalizer: Normalizer?, preTokenizer: PreTokenizer?, model: TokenModel) {
    if let scanner = BertScanner(added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model) {
      self = .bert(scanner)
    } else if let scanner = ByteLevelScanner(
      added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model)
    {
      self = .byteLevel(scanner)
    } else if let scanner = UnigramScanner(
      added: added, normalizer: normalizer, preTokenizer: preTokenizer, model: model)
    {
      self = .unigram(scanner)
    } else {
      self = .stages
    }
  }
}
