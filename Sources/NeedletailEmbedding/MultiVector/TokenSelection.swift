internal import NeedletailJSON
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Which tokens of a text get a vector that is kept.
struct TokenSelection: Sendable {
  /// Tokens that are dropped from texts of ``skippedRoles``.
  private let skipped: Set<Int32>
  private let skippedRoles: Set<TextRole>
  /// The only tokens that are kept of texts other than queries; `nil` for all.
  private let kept: Set<Int32>?

  /// Every token's vector is kept.
  static let all = TokenSelection(words: [], tokenizer: nil)

  /// Drops words from documents, and from texts without a role; words that are no single token are passed over.
  init(words: [String], roles: Set<TextRole> = [.document, .plain], kept: Set<Int32>? = nil, tokenizer: Tokenizer?) {
    // A word that the vocabulary lacks stands for nothing, not for the unknown token.
    skipped = Set(words.compactMap { tokenizer?.id(forToken: $0) })
    skippedRoles = roles
    self.kept = kept
  }

  /// Reads a MultiVectorMask module's `config.json`.
  init(_ module: ModelFolder, tokenizer: Tokenizer) throws(EmbeddingError) {
    let json = try module.json("config.json")
    do {
      let words = try json?.optional("skiplist_words")?.expect(.array, "skiplist_words").elements.compactMap(\.string)
      var roles: Set<TextRole> = [.document, .plain]
      if let tasks = json?.optional("skiplist_tasks") {
        let names = tasks.string.map { [$0] } ?? tasks.elements.compactMap(\.string)
        roles = Set(names.compactMap { TextRole(rawValue: $0) }.filter { $0 != .plain })
        // Texts without a role count as documents.
        if roles.contains(.document) { roles.insert(.plain) }
      }
      let ids = try json?.optional("keep_only_token_ids")?.expect(.array, "keep_only_token_ids").elements
      let kept = ids.map { Set($0.compactMap { $0.integer.flatMap(Int32.init(exactly:)) }) }
      self.init(words: words ?? [], roles: roles, kept: kept?.isEmpty == true ? nil : kept, tokenizer: tokenizer)
    } catch { throw EmbeddingError(.malformed, error, subject: module.file("config.json").path) }
  }

  /// The places of the tokens that are kept.
  func places(_ ids: ArraySlice<Int32>, as role: TextRole) -> [Int] {
    ids.indices.filter { place in
      if skippedRoles.contains(role), skipped.contains(ids[place]) { return false }
      return role == .query || kept?.contains(ids[place]) ?? true
    }
  }
}
