/// The special and added tokens of a folder's tokenizer with their ids, as transformers 5 hands them out.
struct FolderTokens {
  private(set) var list: [AddedToken] = []
  /// Special tokens by role.
  private let specials: [String: FolderSettings.Token]

  /// - Parameters:
  ///   - existing: Tokens that the tokenizer has already.
  ///   - specials: By role, those of ``FolderSettings/roles`` in its order, then the others.
  ///   - extra: More special tokens.
  init(
    _ model: TokenModel, existing: [AddedToken], added: [(id: Int, token: FolderSettings.Token)],
    specials: [(name: String, token: FolderSettings.Token)], extra: [FolderSettings.Token], subject: String
  ) throws(TokenizerError) {
    list = existing
    self.specials = Dictionary(specials.map { ($0.name, $0.token) }) { $1 }
    var tokens = added.map(\.token)
    let known = Set(existing.map { Array($0.content.utf8) } + tokens.map { Array($0.content.utf8) })
    for token in specials.map(\.token) + extra
    where !known.contains(Array(token.content.utf8)) && !tokens.contains(token) { tokens.append(token) }
    let named = Set(specials.map { Array($0.token.content.utf8) })
    var places: [[UInt8]: Int] = [:]
    for (index, token) in list.enumerated() { places[Array(token.content.utf8)] = index }
    var highest = list.map { Int($0.id) }.max() ?? -1
    for token in tokens where !token.content.isEmpty {
      let content = Array(token.content.utf8)
      let isSpecial = !token.isObject || token.isSpecial || named.contains(content)
      var entry = AddedToken(
        content: token.content, id: 0, isSpecial: isSpecial, isSingleWord: token.isSingleWord,
        stripsLeft: token.stripsLeft, stripsRight: token.stripsRight, isNormalized: token.isNormalized ?? !isSpecial)
      if let place = places[content] {
        entry.id = list[place].id
        list[place] = entry
        continue
      }
      let id = model.id(content) ?? (highest >= model.count ? highest + 1 : model.count)
      entry.id = Int32(truncatingIfNeeded: id)
      highest = max(highest, id)
      if let other = model.token(id), !other.utf8.elementsEqual(content) {
        throw TokenizerError(
          .invalidVocabulary, "the added token \"\(token.content)\" gets the id \(id), which belongs to \"\(other)\"",
          subject: subject)
      }
      places[content] = list.count
      list.append(entry)
    }
    for (id, token) in added where !token.content.isEmpty {
      guard let place = places[Array(token.content.utf8)], Int(list[place].id) != id else { continue }
      throw TokenizerError(
        .invalidVocabulary,
        "the added token \"\(token.content)\" should have the id \(id), but \(list[place].id) is the next free one or "
          + "the one of the vocabulary", subject: subject)
    }
  }

  /// The special token of a role, which has to be there.
  func special(_ role: String, subject: String) throws(TokenizerError) -> PostProcessor.Special {
    let content = specials[role]?.content ?? ""
    guard let token = list.first(where: { $0.content.utf8.elementsEqual(content.utf8) }) else {
      throw TokenizerError(.invalidVocabulary, "the special token \"\(role)\" is missing", subject: subject)
    }
    return .init(ids: [token.id], tokens: [token.content])
  }
}
