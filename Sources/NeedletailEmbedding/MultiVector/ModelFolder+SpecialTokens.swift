internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension ModelFolder {
  /// The special tokens by what they are for, such as `mask_token`: what `tokenizer_config.json` says, else
  /// `special_tokens_map.json`, else what the folder's kind of tokenizer has always had.
  func specialTokens() throws(EmbeddingError) -> [String: String] {
    var tokens: [String: String] = [:]
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
      for (key, value) in try json(name)?.members.map({ ($0.key, $0.value) }) ?? [] {
        let key = String(decoding: key, as: UTF8.self)
        guard key.hasSuffix("_token"), let token = value.string ?? value.optional("content")?.string else { continue }
        tokens[key] = token
      }
    }
    return tokens
  }

  /// The mark that ends a text.
  func endOfText() throws(EmbeddingError) -> String {
    guard let token = try specialTokens()["eos_token"] else {
      throw EmbeddingError(
        .malformed, file("tokenizer_config.json").path, "has no eos_token, which the model puts after every text")
    }
    return token
  }
}
