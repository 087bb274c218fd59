internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What an older model folder says about its BERT tokenizer beside the vocabulary.
package struct VocabularyFileOptions: Sendable {
  /// Whether letters become lowercase (`do_lower_case`).
  package var lowercases = true
  /// Whether accents go (`strip_accents`); `nil` follows ``lowercases``.
  package var stripsAccents: Bool?
  /// Whether ideographs are split off one by one (`tokenize_chinese_chars`).
  package var separatesIdeographs = true
  /// The special tokens.
  package var unknown = "[UNK]"
  package var opening = "[CLS]"
  package var closing = "[SEP]"
  package var padding = "[PAD]"
  package var mask = "[MASK]"

  /// The defaults of BERT.
  package init() {}
}

extension Tokenizer {
  /// A BERT tokenizer from a vocabulary with one token a line; ids count the lines from 0.
  ///
  /// A token that stands twice has the id of its last line, as in the reference implementation.
  ///
  /// - Parameters:
  ///   - bytes: The text of a `vocab.txt`.
  ///   - options: What its folder says about it.
  ///   - subject: What errors name.
  package init(
    vocabulary bytes: [UInt8], options: VocabularyFileOptions = .init(), subject: String
  ) throws(TokenizerError) {
    var ranges: [Range<Int>?] = []
    var start = 0
    for index in bytes.indices where bytes[index] == 0x0A {
      ranges.append(start..<(index > start && bytes[index - 1] == 0x0D ? index - 1 : index))
      start = index + 1
    }
    if start < bytes.count { ranges.append(start..<bytes.count) }
    let vocabulary: Vocabulary
    let model: WordPiece
    do throws(Vocabulary.Problem) {
      vocabulary = try Vocabulary(arena: bytes, ranges: ranges, lastWins: true)
      guard let unknown = vocabulary.id(Array(options.unknown.utf8)) else {
        throw Vocabulary.Problem(message: "the unknown token \"\(options.unknown)\" is not in the vocabulary")
      }
      model = try WordPiece(
        vocabulary: vocabulary, unknown: Int32(unknown), prefix: Array("##".utf8), maximumScalars: 100)
    } catch {
      throw TokenizerError(.invalidVocabulary, error.message, subject: subject)
    }
    func special(_ token: String) throws(TokenizerError) -> PostProcessor.Special {
      guard let id = vocabulary.id(Array(token.utf8)) else {
        throw TokenizerError(
          .invalidVocabulary, "the special token \"\(token)\" is not in the vocabulary", subject: subject)
      }
      return .init(ids: [Int32(id)], tokens: [token])
    }
    var added: [AddedToken] = []
    for token in [options.padding, options.unknown, options.opening, options.closing, options.mask] {
      guard let id = vocabulary.id(Array(token.utf8)), !added.contains(where: { $0.id == Int32(id) }) else { continue }
      added.append(AddedToken(content: token, id: Int32(id)))
    }
    let normalizer = Normalizer.bert(
      BertNormalizer(
        cleansText: true, separatesIdeographs: options.separatesIdeographs,
        stripsAccents: options.stripsAccents ?? options.lowercases, lowercases: options.lowercases))
    self.init(
      added: try AddedTokens(added, normalizer: normalizer), normalizer: normalizer, preTokenizer: .bert,
      model: .wordPiece(model),
      postProcessor: .bert(opening: try special(options.opening), closing: try special(options.closing)),
      decoder: .wordPiece(prefix: Array("##".utf8), cleansUp: true))
  }

  /// Reads a `vocab.txt` and the configuration files beside it.
  init(vocabularyFile file: URL) throws(TokenizerError) {
    try self.init(FolderFiles(folder: file.deletingLastPathComponent(), vocabulary: file.lastPathComponent))
  }
}
