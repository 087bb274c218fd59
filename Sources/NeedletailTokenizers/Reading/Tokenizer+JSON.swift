package import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension Tokenizer {
  /// Reads a `tokenizer.json`, a `vocab.txt` with the `tokenizer_config.json` beside it, or a SentencePiece `.model`.
  ///
  /// - Throws: ``TokenizerError`` naming the file and, where it can, the line and column.
  public init(contentsOf file: URL) throws(TokenizerError) {
    if file.pathExtension == "txt" {
      try self.init(vocabularyFile: file)
    } else if file.pathExtension == "model" {
      try self.init(sentencePieceModel: try Self.read(file), subject: file.path)
    } else {
      try self.init(tokenizerJSON: try Self.read(file), subject: file.relativePath)
    }
  }

  /// Reads the tokenizer of a model folder as transformers 5 does it.
  ///
  /// The class that `tokenizer_config.json` names, else `model_type` of `config.json`, says how the files are read.
  /// The vocabulary is that of `tokenizer.json`, else of the older files: `vocab.txt`, `vocab.json` with `merges.txt`,
  /// `spiece.model`, `sentencepiece.bpe.model`, `spm.model` or `tokenizer.model`. The classes of BERT, MPNet, RoBERTa,
  /// GPT-2, DeBERTa, XLM-RoBERTa, CamemBERT, T5, ALBERT, XLNet, Llama and Gemma make their own stages from
  /// `tokenizer_config.json`, also where a `tokenizer.json` says something else; for all other classes
  /// `tokenizer.json` is read as it stands. Special tokens that have no id yet get the next ones.
  ///
  /// - Throws: ``TokenizerError`` with code `.unreadable` where the files are missing, `.unsupported` naming a class
  ///   whose older files are not read.
  public init(folder: URL) throws(TokenizerError) {
    try self.init(FolderFiles(folder: folder))
  }

  /// Reads the tokenizer of a model folder; see ``init(folder:)``.
  ///
  /// - Parameter record: Notes which files are read.
  package init(folder: URL, noting record: ReadingRecord?) throws(TokenizerError) {
    try self.init(FolderFiles(folder: folder, record: record))
  }

  init(_ files: FolderFiles) throws(TokenizerError) {
    do {
      let root = try files.json("tokenizer.json")
      let settings = try FolderSettings(files, tokenizer: root)
      let family = try Self.family(settings, files, hasTokenizer: root != nil)
      self = try FolderTokenizer(files: files, family: family, settings: settings, root: root).tokenizer()
    } catch {
      throw TokenizerError(reading: error, subject: files.name)
    }
  }

  /// Which family reads a folder.
  private static func family(
    _ settings: FolderSettings, _ files: FolderFiles, hasTokenizer: Bool
  ) throws(TokenizerError) -> TokenizerFamily {
    if files.vocabulary != nil { return settings.className == "MPNetTokenizer" ? .mpnet : .bert }
    let byType = settings.modelType.flatMap(TokenizerFamily.init(modelType:))
    if byType == .generic { return .generic }
    guard let name = settings.className else {
      if let byType { return byType }
      if hasTokenizer { return .generic }
      if files.has("vocab.txt") { return .bert }
      let found = ["vocab.json", "spiece.model", "sentencepiece.bpe.model", "spm.model", "tokenizer.model"]
        .first(where: files.has)
      guard let found else {
        throw TokenizerError(
          .unreadable, "expected a tokenizer.json, a vocab.txt, a vocab.json or a SentencePiece model in this folder",
          subject: files.name)
      }
      throw files.problem(
        .unsupported,
        "a tokenizer_class in tokenizer_config.json or a known model_type in config.json should say how this file is "
          + "read, found \(settings.modelType.map { "the model_type \"\($0)\"" } ?? "neither")", found)
    }
    if let family = TokenizerFamily(className: name) { return family }
    guard hasTokenizer else {
      throw files.problem(
        .unsupported, "a tokenizer of the class \"\(name)\" is read from a tokenizer.json only", "tokenizer_config.json"
      )
    }
    return .generic
  }

  /// Reads the text of a `tokenizer.json`.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - subject: What errors name.
  public init(tokenizerJSON bytes: [UInt8], subject: String) throws(TokenizerError) {
    do {
      let root = try JSONDocument(parsing: bytes, subject: subject).root.expect(.object, "a tokenizer")
      try self.init(reading: root)
    } catch {
      throw TokenizerError(reading: error, subject: subject)
    }
  }

  /// The largest file that is read, bytes; the largest in use have some 20 MB.
  private static let maximumFile = 256 << 20

  package static func read(_ file: URL) throws(TokenizerError) -> [UInt8] {
    do { return try RegularFile.bytes(file.path, name: file.relativePath, limit: maximumFile) } catch {
      throw TokenizerError(.unreadable, error.message, subject: error.name, cause: error)
    }
  }

  private static let keys: Set<String> = [
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder",
    "model",
  ]

  /// - Parameter completing: What becomes of the added tokens that the file lists.
  init(
    reading root: JSON,
    completing: (_ listed: [AddedToken], _ model: TokenModel) throws -> [AddedToken] = { tokens, _ in tokens }
  ) throws {
    let stages = try Stages(root)
    let listed = try AddedToken.list(root.optional("added_tokens"))
    let model = try TokenModel(reading: root.value("model"))
    try AddedToken.check(listed, against: model.vocabulary)
    let tokens = listed.map(\.token)
    for id in stages.postProcessor.specialIDs
    where model.token(Int(id)) == nil && !tokens.contains(where: { $0.id == id }) {
      throw (root.optional("post_processor") ?? root).problem(
        .invalidVocabulary, "the post-processor adds id \(id), which has no token")
    }
    self.init(
      added: try AddedTokens(completing(tokens, model), normalizer: stages.normalizer), normalizer: stages.normalizer,
      preTokenizer: stages.preTokenizer, model: model, postProcessor: stages.postProcessor, decoder: stages.decoder)
  }

  /// What a file says beside tokens and model.
  struct Stages {
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer?
    let postProcessor: PostProcessor
    let decoder: Decoder

    init(_ root: JSON) throws {
      for (key, value) in root.members {
        let name = String(decoding: key, as: UTF8.self)
        guard keys.contains(name) else { throw value.problem(.unsupported, "the key \"\(name)\" is not known") }
      }
      if let version = root.optional("version"), version.string != "1.0" {
        throw version.problem(.unsupported, "expected \"version\" to be \"1.0\"")
      }
      normalizer = try root.optional("normalizer").map { json in
        let normalizer = try Normalizer(reading: json)
        guard normalizer.growth <= Normalizer.growthLimit else {
          throw json.problem(
            .unsupported, "the normalizer can make a text more than \(Int(Normalizer.growthLimit)) times as long")
        }
        return normalizer
      }
      preTokenizer = try root.optional("pre_tokenizer").map(PreTokenizer.init(reading:))
      postProcessor = try root.optional("post_processor").map(PostProcessor.init(reading:)) ?? PostProcessor()
      decoder = try root.optional("decoder").map(Decoder.init(reading:)) ?? .spaces
    }
  }
}

extension TokenizerError {
  /// What went wrong while a file was read: one of these errors stays what it is, one of JSON names its place.
  ///
  /// - Parameter subject: The file, for all other errors.
  package init(reading error: any Error, subject: String) {
    switch error {
    case let error as TokenizerError: self = error
    case let error as JSONError:
      self.init(.malformed, error.message, subject: "\(error.subject):\(error.line):\(error.column)", cause: error)
    default: self.init(.malformed, "\(error)", subject: subject, cause: error)
    }
  }
}

extension JSON {
  /// An error that points at this value.
  package func problem(_ code: TokenizerError.Code, _ message: String) -> TokenizerError {
    let place = error(.malformed, message)
    return TokenizerError(code, message, subject: "\(place.subject):\(place.line):\(place.column)")
  }

  /// The name of a component.
  ///
  /// - Parameter shapes: What a component of an older file without a name is, by the keys that it has; the first that
  ///   fits counts.
  package func componentType(_ what: String, shapes: [(type: String, keys: [String])] = []) throws -> String {
    let object = try expect(.object, what)
    if object["type"] == nil, let shape = shapes.first(where: { $0.keys.allSatisfy { object[$0] != nil } }) {
      return shape.type
    }
    return try object.string("type")
  }

  /// An id under this key.
  func tokenID(_ key: String) throws -> Int32 {
    Int32(try integer(key, in: 0...Int(Int32.max) - 1))
  }
}

extension AddedToken {
  /// An entry of `added_tokens`.
  ///
  /// - Parameter needsID: Whether an entry without an id is an error; it has the id −1 otherwise.
  package init(reading entry: JSON, needsID: Bool = true) throws {
    let special = try entry.boolean("special", default: false)
    self.init(
      content: try entry.string("content"),
      id: needsID || entry.optional("id") != nil ? try entry.tokenID("id") : -1, isSpecial: special,
      isSingleWord: try entry.boolean("single_word", default: false),
      stripsLeft: try entry.boolean("lstrip", default: false),
      stripsRight: try entry.boolean("rstrip", default: false),
      isNormalized: try entry.boolean("normalized", default: !special))
  }

  static func list(_ json: JSON?) throws -> [(token: AddedToken, place: JSON)] {
    guard let json else { return [] }
    var tokens: [(token: AddedToken, place: JSON)] = []
    for entry in try json.expect(.array, "\"added_tokens\"").elements {
      let token = try AddedToken(reading: entry)
      // The reference library passes over a token without content.
      if !token.content.isEmpty { tokens.append((token, entry)) }
    }
    return tokens
  }

  /// Refuses files whose added tokens have other ids than the reference library gives them.
  ///
  /// It does not read these ids: a token of the vocabulary keeps its id, others are numbered on from the vocabulary's
  /// count.
  static func check(_ listed: [(token: AddedToken, place: JSON)], against vocabulary: Vocabulary) throws {
    var highest: Int?
    var known: [[UInt8]: Int] = [:]
    for (token, place) in listed {
      let bytes = Array(token.content.utf8)
      var id = known[bytes] ?? vocabulary.id(bytes)
      if id == nil, let last = highest, last >= vocabulary.count || vocabulary.count == 0 { id = last + 1 }
      let expected = id ?? vocabulary.count
      guard expected == Int(token.id) else {
        let twin = known.first { $0.value == Int(token.id) }.map { String(decoding: $0.key, as: UTF8.self) }
        let other = twin ?? vocabulary.token(Int(token.id))
        let owner = other.map { ", which belongs to \"\($0)\"" } ?? ""
        throw place.problem(
          .invalidVocabulary,
          "the added token \"\(token.content)\" has id \(token.id)\(owner); by its place it has \(expected)")
      }
      known[bytes] = expected
      highest = max(highest ?? expected, expected)
    }
  }
}
