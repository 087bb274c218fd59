internal import NeedletailJSON

/// The stages that each family of classes makes from the settings.
extension FolderTokenizer {
  func model(_ words: FolderVocabulary, _ vocabulary: Vocabulary) throws -> TokenModel {
    func id(_ token: String) throws(TokenizerError) -> Int32 {
      guard let id = vocabulary.id(Array(token.utf8)) else {
        throw words.problem("the unknown token \"\(token)\" is not in the vocabulary")
      }
      return Int32(truncatingIfNeeded: id)
    }
    func merged(_ options: BPE.Options) throws(TokenizerError) -> TokenModel {
      var builder = BPE.Builder(vocabulary: vocabulary, options: options, count: words.merges.count)
      for (left, right) in words.merges {
        do { try builder.add((words.arena[left], words.arena[right])) } catch { throw words.problem(error.message) }
      }
      return .bpe(builder.finished())
    }
    func weighed(_ unknown: Int, bytes: Bool = false) throws(TokenizerError) -> TokenModel {
      guard vocabulary.limit > unknown, unknown >= 0 else {
        throw words.problem("the vocabulary has \(vocabulary.limit) tokens, the unknown one should be \(unknown)")
      }
      return .unigram(
        Unigram(
          vocabulary: vocabulary, scores: words.scores, unknown: Int32(truncatingIfNeeded: unknown),
          fallsBackToBytes: bytes))
    }
    switch family {
    case .bert, .mpnet:
      do throws(Vocabulary.Problem) {
        let token = name("unk_token")
        guard let unknown = vocabulary.id(Array(token.utf8)) else {
          throw Vocabulary.Problem(message: "the unknown token \"\(token)\" is not in the vocabulary")
        }
        return .wordPiece(
          try WordPiece(
            vocabulary: vocabulary, unknown: Int32(unknown), prefix: Array("##".utf8), maximumScalars: 100))
      } catch { throw words.problem(error.message) }
    case .roberta, .gpt2, .deberta: return try merged(BPE.Options())
    case .llama: return try merged(BPE.Options(fusesUnknown: true, byteTokens: BytePieces.ids(in: vocabulary)))
    case .gemma:
      return try merged(
        BPE.Options(unknown: try id(name("unk_token")), fusesUnknown: true, byteTokens: BytePieces.ids(in: vocabulary)))
    case .generic, .byT5, .canine, .bidirectional:
      guard let model = words.sentencePiece else { return try weighed(0) }
      guard model.algorithm == .merges else { return try weighed(model.unknownID, bytes: model.fallsBackToBytes) }
      let unknown = try id(String(decoding: model.unknownName, as: UTF8.self))
      return try merged(
        BPE.Options(
          unknown: unknown, fusesUnknown: true,
          byteTokens: model.fallsBackToBytes ? BytePieces.ids(in: vocabulary) : nil))
    case .xlmRoberta: return try weighed(3)
    case .camembert: return try weighed(Int(vocabulary.id(Array(name("unk_token").utf8)) ?? 0))
    case .t5: return try weighed(2)
    case .albert: return try weighed(1)
    case .debertaV2:
      let token = vocabulary.id(Array(name("unk_token").utf8))
      if let token, words.scores[token] == 0 { return try weighed(token) }
      let fallback = try settings.config?.integer("unk_id", default: 1) ?? 1
      return try weighed(words.sentencePiece?.unknownID ?? fallback)
    case .xlnet:
      let fallback = try settings.config?.integer("unk_id", default: 0) ?? 0
      return try weighed(words.sentencePiece?.unknownID ?? fallback)
    }
  }

  func normalizer(_ words: FolderVocabulary) throws -> Normalizer? {
    func replace(_ pattern: String, _ content: String) -> Normalizer {
      .replace(pattern: pattern.unicodeScalars.map(\.value), content: content.unicodeScalars.map(\.value))
    }
    let rules = words.rules.map { [Normalizer.characterMap($0)] } ?? []
    switch family {
    case .bert, .mpnet:
      for key in ["do_basic_tokenize", "clean_text"] where try !settings.boolean(key, default: true) {
        throw files.problem(.unsupported, "\"\(key)\": false is not supported", "tokenizer_config.json")
      }
      let lowercases = try settings.boolean("do_lower_case", default: true)
      return .bert(
        BertNormalizer(
          cleansText: true, separatesIdeographs: try settings.boolean("tokenize_chinese_chars", default: true),
          stripsAccents: try settings.boolean("strip_accents", default: lowercases), lowercases: lowercases))
    case .roberta, .gpt2, .deberta, .llama: return nil
    case .gemma: return replace(" ", "\u{2581}")
    case .generic, .byT5, .canine, .bidirectional: return .sequence(rules + [replace(" ", "\u{2581}")])
    case .xlmRoberta, .camembert, .t5: return rules.first
    case .albert, .xlnet:
      var stages = [replace("``", "\""), replace("''", "\"")]
      if try family == .xlnet || !settings.boolean("keep_accents", default: false) {
        stages += [.form(.nfkd), .stripAccents]
      }
      if try settings.boolean("do_lower_case", default: family == .albert) { stages.append(.lowercase) }
      return .sequence(stages + rules)
    case .debertaV2:
      let lowercases = try settings.boolean("do_lower_case", default: false)
      return .sequence((lowercases ? [.lowercase] : []) + [.joinSpaces, .form(.nfc), .strip(left: false, right: true)])
    }
  }

  func preTokenizer() throws -> PreTokenizer? {
    func marked(_ scheme: Metaspace.Scheme) -> PreTokenizer {
      .sequence([.whitespaceSplit, .metaspace(Metaspace(scheme: scheme))])
    }
    switch family {
    case .bert, .mpnet: return .bert
    case .roberta, .gpt2, .deberta:
      return .byteLevel(ByteLevel(addsPrefixSpace: try settings.boolean("add_prefix_space", default: false)))
    case .xlmRoberta, .camembert, .albert, .t5, .xlnet: return marked(try scheme())
    case .debertaV2:
      let space = PreTokenizer.metaspace(Metaspace(scheme: try scheme()))
      let splits = try settings.boolean("split_by_punct", default: false)
      return .sequence(splits ? [.punctuation(.isolated), space] : [space])
    case .llama: return .metaspace(Metaspace(scheme: try scheme(), splits: false))
    case .gemma:
      return .pattern(PatternSplit(pattern: .string([0x20]), behavior: .mergedWithPrevious, isInverted: false))
    case .generic, .byT5, .canine, .bidirectional: return nil
    }
  }

  /// Where a mark is put before a text.
  private func scheme() throws -> Metaspace.Scheme {
    let adds = try settings.boolean("add_prefix_space", default: true)
    switch family {
    case .t5, .xlnet: return .always
    case .debertaV2: return adds ? .always : .first
    case .llama: return !adds ? .never : try settings.boolean("legacy", default: false) ? .always : .first
    default: return adds ? .always : .never
    }
  }

  func decoder(_ words: FolderVocabulary) throws -> Decoder {
    let space = Decoder.replace(pattern: Array("\u{2581}".utf8), content: [0x20])
    switch family {
    case .bert, .mpnet: return .wordPiece(prefix: Array("##".utf8), cleansUp: true)
    case .roberta, .gpt2, .deberta: return .byteLevel
    case .xlmRoberta, .camembert, .albert, .t5, .xlnet, .debertaV2: return .metaspace(Metaspace(scheme: try scheme()))
    case .llama:
      let strips = try settings.boolean("add_prefix_space", default: true)
      return .sequence(
        [space, .byteFallback, .fuse] + (strips ? [.strip(content: [0x20], start: 1, stop: 0)] : []))
    case .gemma: return .sequence([space, .byteFallback, .fuse])
    case .generic, .byT5, .canine, .bidirectional:
      return .sequence(words.sentencePiece?.fallsBackToBytes == true ? [space, .byteFallback, .fuse] : [space])
    }
  }

  func postProcessor(_ tokens: FolderTokens, _ subject: String) throws -> PostProcessor {
    func special(_ role: String) throws(TokenizerError) -> PostProcessor.Special {
      try tokens.special(role, subject: subject)
    }
    func piece(_ role: String, _ type: Int32 = 0) throws -> PostProcessor.Piece {
      .special(try special(role), typeID: type)
    }
    let first = PostProcessor.Piece.sequence(0, typeID: 0, overflowTypeID: 0)
    let second = PostProcessor.Piece.sequence(1, typeID: 0, overflowTypeID: 1)
    let other = PostProcessor.Piece.sequence(1, typeID: 1, overflowTypeID: 1)
    if [.gpt2, .llama, .gemma, .albert].contains(family), let json = root?.optional("post_processor") {
      return try PostProcessor(reading: json)
    }
    switch family {
    case .bert, .debertaV2:
      return .bert(opening: try special("cls_token"), closing: try special("sep_token"))
    case .albert:
      guard settings.config?["add_bos_token"] == nil, settings.config?["add_eos_token"] == nil else {
        return try ends(tokens, subject)
      }
      func named(_ role: String, _ name: String) throws -> PostProcessor.Special {
        .init(ids: try special(role).ids, tokens: [name])
      }
      return .bert(opening: try named("cls_token", "[CLS]"), closing: try named("sep_token", "[SEP]"))
    case .mpnet:
      return .roberta(
        opening: try special("cls_token"), closing: try special("sep_token"), trimming: .init(addsPrefixSpace: false))
    case .roberta:
      let trims = try settings.boolean("trim_offsets", default: true)
      let adds = try settings.boolean("add_prefix_space", default: false)
      return .roberta(
        opening: try special("cls_token"), closing: try special("sep_token"),
        trimming: trims ? .init(addsPrefixSpace: adds) : nil)
    case .deberta, .xlmRoberta, .camembert:
      let roles = family == .deberta ? ("cls_token", "sep_token") : ("bos_token", "eos_token")
      let (opening, closing) = (try piece(roles.0), try piece(roles.1))
      return PostProcessor(
        single: [opening, first, closing], pair: [opening, first, closing, closing, second, closing])
    case .t5:
      let closing = PostProcessor.Piece.special(
        .init(ids: try special("eos_token").ids, tokens: ["</s>"]), typeID: 0)
      return PostProcessor(single: [first, closing], pair: [first, closing, second, closing])
    case .xlnet:
      let (sep, cls) = (try piece("sep_token"), try piece("cls_token", 2))
      return PostProcessor(
        single: [first, sep, cls], pair: [first, sep, other, try piece("sep_token", 1), cls])
    case .gpt2, .llama, .gemma, .generic, .byT5, .canine, .bidirectional: return try ends(tokens, subject)
    }
  }

  /// What `add_bos_token` and `add_eos_token` ask for.
  private func ends(_ tokens: FolderTokens, _ subject: String) throws -> PostProcessor {
    func part(_ index: Int) throws -> [PostProcessor.Piece] {
      let type = Int32(index)
      var pieces = [PostProcessor.Piece.sequence(index, typeID: type, overflowTypeID: type)]
      guard root == nil else { return pieces }
      if try settings.boolean("add_bos_token", default: false), has("bos_token") {
        pieces.insert(.special(try tokens.special("bos_token", subject: subject), typeID: type), at: 0)
      }
      if try settings.boolean("add_eos_token", default: false), has("eos_token") {
        pieces.append(.special(try tokens.special("eos_token", subject: subject), typeID: type))
      }
      return pieces
    }
    return PostProcessor(single: try part(0), pair: try part(0) + part(1))
  }

  private func has(_ role: String) -> Bool {
    if let token = settings.specials[role] { return token != nil }
    return family == .generic || family.specials[role] != nil
  }
}
