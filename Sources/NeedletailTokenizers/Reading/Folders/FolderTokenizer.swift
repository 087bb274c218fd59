internal import NeedletailJSON

/// A tokenizer put together from the files of a folder, the way the classes of transformers 5 do it.
struct FolderTokenizer {
  let files: FolderFiles
  let family: TokenizerFamily
  let settings: FolderSettings
  /// `tokenizer.json`, where there is one.
  let root: JSON?

  private static let mark: UInt32 = 0x2581

  func tokenizer() throws -> Tokenizer {
    if try settings.boolean("split_special_tokens", default: false) {
      throw files.problem(.unsupported, "\"split_special_tokens\": true is not supported", "tokenizer_config.json")
    }
    switch family {
    case .byT5, .canine: return try withoutVocabulary()
    case .bidirectional: return try bidirectional()
    default: break
    }
    if let root, try !rebuilds(root) { return try literal(root) }
    var words = try vocabulary()
    let extra = try extra(&words)
    let vocabulary = try words.vocabulary()
    let model = try model(words, vocabulary)
    let tokens = try FolderTokens(
      model, existing: [], added: settings.added.map { ($0.id, $0.token) }, specials: specials(words),
      extra: extra, subject: words.subject)
    let normalizer = try normalizer(words)
    return Tokenizer(
      added: try AddedTokens(tokens.list, normalizer: normalizer), normalizer: normalizer,
      preTokenizer: try preTokenizer(), model: model, postProcessor: try postProcessor(tokens, words.subject),
      decoder: try decoder(words))
  }

  // MARK: tokenizer.json

  /// Whether the class makes its own stages and takes only the vocabulary from a `tokenizer.json`.
  private func rebuilds(_ root: JSON) throws -> Bool {
    guard family != .generic, let model = root.optional("model") else { return false }
    let type = model.optional("type")?.string
    switch family {
    case .bert, .mpnet: return type == "WordPiece"
    case .roberta, .gpt2, .deberta, .gemma: return type == "BPE"
    case .llama: return type == "BPE" && !Self.mentionsBytes(root)
    case .xlmRoberta, .camembert, .t5, .albert, .debertaV2, .xlnet: return type == "Unigram"
    case .generic, .byT5, .canine, .bidirectional: return false
    }
  }

  /// Whether a stage is of the byte-level kind: some files name a class that does not fit them.
  private static func mentionsBytes(_ root: JSON) -> Bool {
    func mentions(_ stage: JSON?) -> Bool {
      guard let stage else { return false }
      if stage.optional("type")?.string == "ByteLevel" { return true }
      return ["pretokenizers", "decoders", "normalizers"].contains { key in
        stage.optional(key)?.elements.contains { mentions($0) } ?? false
      }
    }
    return ["pre_tokenizer", "decoder", "normalizer"].contains { mentions(root.optional($0)) }
  }

  /// The file as it stands, with the tokens that the settings add.
  private func literal(_ root: JSON) throws -> Tokenizer {
    let plain = try Tokenizer(reading: root)
    let tokens = try FolderTokens(
      plain.model, existing: plain.added.tokens, added: settings.added.map { ($0.id, $0.token) },
      specials: specials(nil), extra: settings.extra ?? settings.additional ?? [],
      subject: files.path("tokenizer_config.json"))
    return Tokenizer(
      added: try AddedTokens(tokens.list, normalizer: plain.normalizer), normalizer: plain.normalizer,
      preTokenizer: plain.preTokenizer, model: plain.model, postProcessor: plain.postProcessor, decoder: plain.decoder)
  }

  // MARK: Tokens

  private func vocabulary() throws -> FolderVocabulary {
    if let root { return try FolderVocabulary(tokenizer: root, subject: files.path("tokenizer.json")) }
    let names = files.vocabulary.map { [$0] } ?? family.files
    guard let name = names.first, files.vocabulary != nil || names.allSatisfy(files.has) else {
      throw TokenizerError(
        .unreadable,
        "expected \(names.joined(separator: " and ")), or tokenizer.json, for a tokenizer of the class "
          + "\"\(settings.className ?? settings.modelType ?? "")\"", subject: files.name)
    }
    let subject = files.path(name)
    switch family {
    case .bert, .mpnet: return FolderVocabulary(lines: try files.bytes(name), subject: subject)
    case .roberta, .gpt2, .deberta:
      guard let json = try files.json(name) else { throw files.problem(.unreadable, "is missing", name) }
      return try FolderVocabulary(vocabulary: json, merges: files.bytes(names[1]), subject: files.path(names[1]))
    case .llama, .gemma:
      return try FolderVocabulary(sentencePiece: files.bytes(name), merges: true, subject: subject)
    case .generic, .byT5, .canine, .bidirectional:
      return try FolderVocabulary(sentencePiece: files.bytes(name), merges: nil, subject: subject)
    case .xlmRoberta, .camembert, .t5, .albert, .debertaV2, .xlnet:
      return try FolderVocabulary(sentencePiece: files.bytes(name), merges: false, subject: subject)
    }
  }

  /// The special tokens by role, those of the family where no file names them.
  func specials(_ words: FolderVocabulary?) -> [(name: String, token: FolderSettings.Token)] {
    var defaults = family.specials
    if family == .generic, let model = words?.sentencePiece {
      func name(_ bytes: [UInt8], _ fallback: String) -> FolderSettings.Token {
        FolderSettings.Token(bytes.isEmpty ? fallback : String(decoding: bytes, as: UTF8.self))
      }
      if model.beginID >= 0 { defaults["bos_token"] = name(model.beginName, "<s>") }
      if model.endID >= 0 { defaults["eos_token"] = name(model.endName, "</s>") }
      if model.unknownID >= 0 { defaults["unk_token"] = name(model.unknownName, "<unk>") }
    }
    var result: [(name: String, token: FolderSettings.Token)] = []
    for role in FolderSettings.roles {
      guard let token = settings.specials[role] ?? defaults[role] else { continue }
      if token.isObject {
        result.append((role, token))
      } else if role == "mask_token", family.masksStrip {
        let isSpecial = family == .camembert
        result.append((role, FolderSettings.Token(token.content, stripsLeft: true, isSpecial: isSpecial)))
      } else {
        result.append((role, family == .mpnet ? FolderSettings.Token(token.content, stripsLeft: false) : token))
      }
    }
    return result + settings.others
  }

  func name(_ role: String) -> String {
    if let token = settings.specials[role] { return token?.content ?? "None" }
    return family.specials[role]?.content ?? ""
  }

  /// The tokens beside those with roles; also changes the vocabulary the way the class does.
  private func extra(_ words: inout FolderVocabulary) throws -> [FolderSettings.Token] {
    var additional = settings.additional
    if let model = words.sentencePiece {
      let fairseq = [
        (name("bos_token"), 0.0), (name("pad_token"), 0), (name("eos_token"), 0), (name("unk_token"), 0),
      ]
      switch family {
      case .xlmRoberta:
        words.replaceFirst(3, with: fairseq)
        words.append(name("mask_token"))
      case .camembert:
        words.replaceFirst(
          1,
          with: [
            ("<s>NOTUSED", 0), (name("pad_token"), 0), ("</s>NOTUSED", 0), (name("unk_token"), 0),
            ("<unk>NOTUSED", -100),
          ])
        words.append(name("mask_token"))
      case .t5: for index in try (0..<sentinels()).reversed() { words.append("<extra_id_\(index)>") }
      default: break
      }
      additional = model.pieces.filter { [.control, .userDefined].contains($0.kind) }.map { piece in
        FolderSettings.Token(
          String(decoding: words.arena[piece.range], as: UTF8.self), isSpecial: piece.kind == .control,
          isNormalized: false)
      }
    }
    switch family {
    case .t5:
      let given = additional?.count { $0.content.contains("<extra_id_") } ?? 0
      let count = try sentinels()
      guard given == 0 || count == 0 || given == count else {
        throw files.problem(
          .invalidVocabulary, "\"extra_ids\" is \(count), but there are \(given) such tokens", "tokenizer_config.json")
      }
      if given == 0 { additional = (additional ?? []) + (0..<count).map { FolderSettings.Token("<extra_id_\($0)>") } }
    case .camembert:
      additional = additional ?? ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"].map { FolderSettings.Token($0) }
    case .xlnet: additional = additional ?? ["<eop>", "<eod>"].map { FolderSettings.Token($0) }
    default: break
    }
    return settings.extra ?? additional ?? []
  }

  /// How many sentinel tokens a T5 vocabulary has.
  func sentinels(default count: Int = 100) throws -> Int {
    try settings.config?.integer("extra_ids", in: 0...10_000, default: count) ?? count
  }

  // MARK: Stages

  private func model(_ words: FolderVocabulary, _ vocabulary: Vocabulary) throws -> TokenModel {
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
    case .llama: return try merged(BPE.Options(fusesUnknown: true, byteTokens: vocabulary.byteTokens()))
    case .gemma:
      return try merged(
        BPE.Options(unknown: try id(name("unk_token")), fusesUnknown: true, byteTokens: vocabulary.byteTokens()))
    case .generic, .byT5, .canine, .bidirectional:
      guard let model = words.sentencePiece else { return try weighed(0) }
      guard model.modelType == 2 else { return try weighed(model.unknownID, bytes: model.fallsBackToBytes) }
      let unknown = try id(String(decoding: model.unknownName, as: UTF8.self))
      return try merged(
        BPE.Options(
          unknown: unknown, fusesUnknown: true, byteTokens: model.fallsBackToBytes ? vocabulary.byteTokens() : nil))
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

  private func normalizer(_ words: FolderVocabulary) throws -> Normalizer? {
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

  private func preTokenizer() throws -> PreTokenizer? {
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

  private func decoder(_ words: FolderVocabulary) throws -> Decoder {
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

  private func postProcessor(_ tokens: FolderTokens, _ subject: String) throws -> PostProcessor {
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
