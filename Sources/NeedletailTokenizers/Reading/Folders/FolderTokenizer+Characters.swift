internal import NeedletailJSON

extension FolderTokenizer {
  /// ByT5's or CANINE's tokenizer; the reference has no offsets and words for them, here words end at white space.
  func withoutVocabulary() throws -> Tokenizer {
    let subject = files.path("tokenizer_config.json")
    let specials = specials(nil)
    let names = Dictionary(specials.map { ($0.name, $0.token) }) { $1 }
    var existing: [AddedToken] = []
    let model: TokenModel
    var extra = settings.extra ?? settings.additional
    do throws(Vocabulary.Problem) {
      if family == .byT5 {
        for (id, role) in ["pad_token", "eos_token", "unk_token"].enumerated() {
          guard let token = names[role] else { throw Vocabulary.Problem(message: "the token \"\(role)\" is missing") }
          existing.append(
            AddedToken(
              content: token.content, id: Int32(truncatingIfNeeded: id),
              stripsLeft: token.stripsLeft || !token.isObject,
              stripsRight: token.stripsRight || !token.isObject))
        }
        model = .bytes(try ByteModel(after: existing.map(\.content)))
      } else {
        model = .scalars(try ScalarModel())
      }
    } catch {
      throw TokenizerError(.invalidVocabulary, error.message, subject: subject)
    }
    if family == .byT5, extra == nil {
      extra = (0..<(try sentinels(default: 125))).map { FolderSettings.Token("<extra_id_\($0)>") }
    }
    // Here a token is special by its role alone, whatever its flags say.
    let special = Set((extra ?? []).map(\.content))
    let added = settings.added.map { (id, token, _) in
      var token = token
      token.isSpecial = special.contains(token.content)
      token.isNormalized = false
      return (id: id, token: token)
    }
    let tokens = try FolderTokens(
      model, existing: existing, added: added,
      specials: specials.map { ($0.name, family == .canine ? FolderSettings.Token($0.token.content) : $0.token) },
      extra: extra ?? [], subject: subject)
    let first = PostProcessor.Piece.sequence(0, typeID: 0, overflowTypeID: 0)
    let second = PostProcessor.Piece.sequence(1, typeID: 0, overflowTypeID: 0)
    var postProcessor: PostProcessor
    if family == .byT5 {
      let end = try tokens.special("eos_token", subject: subject)
      let closing = PostProcessor.Piece.special(end, typeID: 0)
      postProcessor = PostProcessor(single: [first, closing], pair: [first, closing, second, closing])
      postProcessor.closing = end.ids.first
    } else {
      let opening = PostProcessor.Piece.special(try tokens.special("cls_token", subject: subject), typeID: 0)
      let closing = PostProcessor.Piece.special(try tokens.special("sep_token", subject: subject), typeID: 0)
      postProcessor = PostProcessor(
        single: [opening, first, closing], pair: [opening, first, closing, second, closing])
    }
    return Tokenizer(
      added: try AddedTokens(tokens.list, normalizer: nil), normalizer: nil, preTokenizer: .whitespaceRuns,
      model: model,
      postProcessor: postProcessor, decoder: family == .byT5 ? .latinBytes : .fuse)
  }

  /// KR-BERT's tokenizer.
  func bidirectional() throws -> Tokenizer {
    let name = try settings.config?.string("hangul_units", default: HangulUnits.characters.rawValue)
    guard let units = HangulUnits(rawValue: name ?? HangulUnits.characters.rawValue) else {
      throw files.problem(
        .unsupported, "\"hangul_units\" is \"\(name ?? "")\", expected \"characters\" or \"sub_characters\"",
        "tokenizer_config.json")
    }
    return try Tokenizer(
      FolderVocabulary(lines: try files.bytes("vocab.txt"), subject: files.path("vocab.txt")), units: units,
      lowercasing: try settings.boolean("do_lower_case", default: false))
  }
}
