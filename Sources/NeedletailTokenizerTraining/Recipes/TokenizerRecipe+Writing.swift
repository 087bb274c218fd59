internal import NeedletailJSON
internal import NeedletailTokenizers

extension TokenizerRecipe {
  /// The text of the `tokenizer.json` that this recipe becomes with a trained model.
  ///
  /// - Parameters:
  ///   - parts: The members of the model that training made: its vocabulary, its merges, and options in whose place
  ///     they come.
  ///   - id: The id of a token in the trained vocabulary.
  ///   - size: How many tokens it has; special tokens without one of its ids get the ids from here on.
  /// - Throws: `TokenizerError` with code `.invalidTraining` where the post-processor uses a token that there is not.
  func written(
    model parts: [(key: String, value: JSONValue)], size: Int, id: (String) -> Int?
  ) throws(TokenizerError) -> [UInt8] {
    var next = size
    var ids: [[UInt8]: Int] = [:]
    var added: [(id: Int, value: JSONValue)] = []
    for token in specialTokens {
      let content = Array(token.content.utf8)
      guard ids[content] == nil else { continue }
      let known = id(token.content)
      let number = known ?? next
      if known == nil { next += 1 }
      ids[content] = number
      added.append((number, token.json(id: number)))
    }
    added.sort { $0.id < $1.id }
    let replaced = Set(parts.map(\.key))
    let model = self.model.filter { !replaced.contains($0.key) } + parts
    let processor = try numbered(postProcessor) { token in ids[Array(token.utf8)] ?? id(token) }
    let root = JSONValue.object([
      "version": .string("1.0"), "truncation": .null, "padding": .null, "added_tokens": .array(added.map(\.value)),
      "normalizer": normalizer, "pre_tokenizer": preTokenizer, "post_processor": processor, "decoder": decoder,
      "model": .object(model),
    ])
    return Array(root.text(indented: true).utf8)
  }

  /// The text of the `tokenizer_config.json` beside it, with which transformers' AutoTokenizer opens the folder.
  func writtenConfiguration(knows: (String) -> Bool) -> [UInt8] {
    var members = configuration.filter { member in
      guard member.key.hasSuffix("_token"), case .string(let token) = member.value else { return true }
      return knows(token)
    }
    members.append(("tokenizer_class", .string("PreTrainedTokenizerFast")))
    return Array((JSONValue.object(members).text(indented: true) + "\n").utf8)
  }

  /// A post-processor with the ids of the new vocabulary.
  private func numbered(_ value: JSONValue, _ id: (String) -> Int?) throws(TokenizerError) -> JSONValue {
    func number(_ token: String) throws(TokenizerError) -> JSONValue {
      guard let id = id(token) else {
        throw TokenizerError(
          .invalidTraining,
          "the post-processor adds the token \"\(token)\", which the vocabulary does not have; make it a special token",
          subject: subject)
      }
      return .integer(id)
    }
    guard case .object(var members) = value else { return value }
    for index in members.indices {
      switch (members[index].key, members[index].value) {
      case ("processors", .array(let stages)):
        var result: [JSONValue] = []
        for stage in stages { result.append(try numbered(stage, id)) }
        members[index].value = .array(result)
      case ("sep", .array(let pair)), ("cls", .array(let pair)):
        guard case .string(let token) = pair.first else { continue }
        members[index].value = .array([.string(token), try number(token)])
      case ("special_tokens", .object(var definitions)):
        for entry in definitions.indices {
          guard case .object(var definition) = definitions[entry].value,
            case .array(let tokens) = definition.first(where: { $0.key == "tokens" })?.value
          else { continue }
          var ids: [JSONValue] = []
          for token in tokens { if case .string(let token) = token { ids.append(try number(token)) } }
          for place in definition.indices where definition[place].key == "ids" { definition[place].value = .array(ids) }
          definitions[entry].value = .object(definition)
        }
        members[index].value = .object(definitions)
      default: continue
      }
    }
    return .object(members)
  }
}

extension AddedToken {
  /// The entry of this token in `added_tokens`.
  fileprivate func json(id: Int) -> JSONValue {
    .object([
      "id": .integer(id), "content": .string(content), "single_word": .boolean(isSingleWord),
      "lstrip": .boolean(stripsLeft), "rstrip": .boolean(stripsRight), "normalized": .boolean(isNormalized),
      "special": .boolean(isSpecial),
    ])
  }
}
