internal import NeedletailJSON
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The words by which a language model says that two texts belong together.
struct AnswerWords: Sendable, Equatable {
  /// The word that says yes, and that which says no where it counts as well.
  let ids: [Int]

  /// Reads a LogitScore module's `config.json`.
  ///
  /// - Parameter count: Words that there are.
  init(_ module: ModelFolder, count: Int) throws(EmbeddingError) {
    let file = module.file("config.json").path
    guard let json = try module.json("config.json") else {
      throw EmbeddingError(.unreadable, file, "the LogitScore module's configuration is missing")
    }
    do throws(JSONError) {
      let input = try json.string("module_input_name", default: SentenceSettings.Task.nextWord.feature)
      guard input == SentenceSettings.Task.nextWord.feature else {
        throw json.error(.outOfRange, "module_input_name \"\(input)\" is not supported")
      }
      let words = 0...max(0, count - 1)
      let yes = try json.integer("true_token_id", in: words)
      let no: Int? = try json.optional("false_token_id") == nil ? nil : json.integer("false_token_id", in: words)
      ids = [yes, no].compactMap(\.self)
    } catch { throw EmbeddingError(error.code == .outOfRange ? .unsupported : .malformed, error, subject: file) }
  }

  /// The words that answer a question: the tokens "▁true" and "▁false" for "true" and "false".
  ///
  /// - Throws: ``EmbeddingError`` with code `.request` where one is no token.
  init(_ question: PairQuestion, _ tokenizer: Tokenizer, count: Int) throws(EmbeddingError) {
    ids = try [question.yes, question.no].compactMap(\.self).map { (word) throws(EmbeddingError) in
      let id = tokenizer.id(forToken: "▁" + word) ?? tokenizer.id(forToken: word)
      guard let id = id.map(Int.init), id < count else {
        throw EmbeddingError(
          .request, "answer \"\(word)\"", "neither \"▁\(word)\" nor \"\(word)\" is a token of this model")
      }
      return id
    }
  }

  /// The words that sentence-transformers takes where nothing names them: "yes" and "no".
  ///
  /// - Throws: ``EmbeddingError`` where one is no single token; sentence-transformers would take the unknown token.
  init(_ tokenizer: Tokenizer, count: Int, subject: String) throws(EmbeddingError) {
    ids = try ["yes", "no"].map { (word) throws(EmbeddingError) in
      guard let id = tokenizer.id(forToken: word).map(Int.init), id < count else {
        throw EmbeddingError(
          .unsupported, subject, "the tokenizer has no token \"\(word)\"; a LogitScore module can name others")
      }
      return id
    }
  }
}
