internal import NeedletailJSON

/// A tokenizer put together from the files of a folder, the way the classes of transformers 5 do it.
struct FolderTokenizer {
  let files: FolderFiles
  let family: TokenizerFamily
  let settings: FolderSettings
  /// `tokenizer.json`, where there is one.
  let root: JSON?

  func tokenizer() throws -> Tokenizer {
    if try settings.boolean("split_special_tokens", default: false) {
      throw files.problem(.unsupported, "\"split_special_tokens\": true is not supported", "tokenizer_config.json")
    }
    switch family {
    case .byT5, .canine: return try withoutVocabulary()
    case .bidirectional: return try bidirectional()
    default: break
    }
    if let root {
      guard try rebuilds(root) else { return try literal(root) }
      // What stands there plays no part, but what is not known is an error all the same.
      _ = try Tokenizer.Stages(root)
    }
    var words = try vocabulary()
    let extra = try extra(&words)
    let vocabulary = try words.vocabulary()
    let model = try model(words, vocabulary)
    let tokens = try FolderTokens(
      model, existing: [], added: settings.added.map { ($0.id, $0.token) },
      specials: specials(words),
      extra: extra, subject: words.subject)
    let normalizer = try normalizer(words)
    return Tokenizer(
      added: try AddedTokens(tokens.list, normalizer: normalizer), normalizer: normalizer,
      preTokenizer: try preTokenizer(), model: model, postProcessor: try postProcessor(tokens, words.subject),
      decoder: try decoder(words))
  }

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
    try Tokenizer(reading: root) { listed, model in
      try FolderTokens(
        model, existing: listed, added: settings.added.map { ($0.id, $0.token) }, specials: specials(nil),
        extra: settings.extra ?? settings.additional ?? [], subject: files.path("tokenizer_config.json")
      ).list
    }
  }

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
}
