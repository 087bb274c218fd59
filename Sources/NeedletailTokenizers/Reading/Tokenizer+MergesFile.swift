internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What an older folder of GPT-2's or RoBERTa's kind says beside `vocab.json` and `merges.txt`.
private struct MergesFolder {
  enum Family {
    case gpt2, roberta
  }

  var family: Family?
  var addsPrefixSpace = false
  var trimsOffsets = true
  /// Special tokens by role.
  var specials: [String: AddedToken] = [:]
  var added: [AddedToken] = []

  private static let defaults: [Family: [(String, String)]] = [
    .gpt2: [("unk_token", "<|endoftext|>"), ("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>")],
    .roberta: [
      ("bos_token", "<s>"), ("eos_token", "</s>"), ("sep_token", "</s>"), ("cls_token", "<s>"), ("unk_token", "<unk>"),
      ("pad_token", "<pad>"), ("mask_token", "<mask>"),
    ],
  ]
  private static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  mutating func read(_ json: JSON) throws {
    if let name = json.optional("tokenizer_class")?.string { family = try Self.family(name, json) }
    addsPrefixSpace = try json.boolean("add_prefix_space", default: addsPrefixSpace)
    trimsOffsets = try json.boolean("trim_offsets", default: trimsOffsets)
    for key in ["add_bos_token", "add_eos_token"] where try json.boolean(key, default: false) {
      throw json.problem(.unsupported, "\"\(key)\": true is not supported")
    }
    for role in Self.roles { if let value = json.optional(role) { specials[role] = try AddedToken(role: value) } }
    for value in json.optional("additional_special_tokens")?.elements.map({ $0 }) ?? [] {
      added.append(try AddedToken(role: value))
    }
    for (key, value) in json.optional("added_tokens_decoder")?.members.map({ $0 }) ?? [] {
      guard let id = Int32(String(decoding: key, as: UTF8.self)), id >= 0 else {
        throw value.problem(.invalidVocabulary, "expected an id, found \"\(String(decoding: key, as: UTF8.self))\"")
      }
      var token = try AddedToken(role: value)
      token.id = id
      added.append(token)
    }
  }

  mutating func read(model json: JSON) throws {
    guard family == nil, let name = json.optional("model_type")?.string else { return }
    family = try Self.family(name, json)
  }

  private static func family(_ name: String, _ place: JSON) throws -> Family {
    switch name {
    case "GPT2Tokenizer", "GPT2TokenizerFast", "gpt2": .gpt2
    case "RobertaTokenizer", "RobertaTokenizerFast", "roberta": .roberta
    default:
      throw place.problem(
        .unsupported, "a vocab.json and a merges.txt are not enough for a tokenizer of the class \"\(name)\"")
    }
  }

  /// Fills in the special tokens that no file names.
  mutating func complete(_ family: Family) {
    for (role, content) in Self.defaults[family] ?? [] where specials[role] == nil {
      specials[role] = AddedToken(content: content, id: -1)
    }
  }

  /// Every token that is looked for in texts, each once, with ids from the vocabulary.
  func tokens(_ vocabulary: Vocabulary) throws(Vocabulary.Problem) -> [AddedToken] {
    var result: [AddedToken] = []
    for var token in added + Self.roles.compactMap({ specials[$0] }) {
      if result.contains(where: { $0.content.utf8.elementsEqual(token.content.utf8) }) { continue }
      if let id = vocabulary.id(Array(token.content.utf8)) {
        guard token.id < 0 || token.id == Int32(id) else {
          throw Vocabulary.Problem(
            message: "the added token \"\(token.content)\" has id \(token.id), in the vocabulary it has \(id)")
        }
        token.id = Int32(id)
      }
      guard token.id >= 0 else {
        throw Vocabulary.Problem(message: "the special token \"\(token.content)\" is not in the vocabulary")
      }
      if let other = vocabulary.bytes(Int(token.id)), !other.elementsEqual(token.content.utf8) {
        throw Vocabulary.Problem(
          message: "the added token \"\(token.content)\" has the id \(token.id) of another token of the vocabulary")
      }
      result.append(token)
    }
    return result
  }
}

extension AddedToken {
  /// A token is a string, or an object with its content and flags.
  fileprivate init(role json: JSON) throws {
    guard json.kind == .object else {
      guard let content = json.string else { throw json.problem(.malformed, "expected a token") }
      self.init(content: content, id: -1)
      return
    }
    self.init(
      content: try json.string("content"), id: -1, isSpecial: try json.boolean("special", default: true),
      isSingleWord: try json.boolean("single_word", default: false),
      stripsLeft: try json.boolean("lstrip", default: false), stripsRight: try json.boolean("rstrip", default: false),
      isNormalized: try json.boolean("normalized", default: false))
  }
}

extension Tokenizer {
  /// Reads a `vocab.json`, the `merges.txt` beside it, and the configuration files beside them, of GPT-2 or RoBERTa.
  init(mergesFolder folder: URL) throws(TokenizerError) {
    func bytes(_ name: String) throws(TokenizerError) -> [UInt8] { try Self.read(folder.appending(path: name)) }
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appending(path: name).path) }
    func json(_ name: String) throws -> JSON {
      try JSONDocument(parsing: bytes(name), subject: folder.appending(path: name).path).root.expect(.object, name)
    }
    do {
      var settings = MergesFolder()
      guard !exists("added_tokens.json") else {
        throw TokenizerError(
          .unsupported, "an added_tokens.json is not read; make a tokenizer.json of this folder", subject: folder.path)
      }
      // The later file wins where both speak.
      for name in ["special_tokens_map.json", "tokenizer_config.json"] where exists(name) {
        try settings.read(json(name))
      }
      if exists("config.json") { try settings.read(model: json("config.json")) }
      guard let family = settings.family else {
        throw TokenizerError(
          .unsupported,
          "expected a tokenizer_class in tokenizer_config.json or a model_type in config.json beside vocab.json",
          subject: folder.path)
      }
      settings.complete(family)
      let vocabulary = try Vocabulary(reading: json("vocab.json"))
      let model = try Self.model(vocabulary, merges: bytes("merges.txt"), folder.appending(path: "merges.txt").path)
      let added: [AddedToken]
      do { added = try settings.tokens(vocabulary) } catch {
        throw TokenizerError(.invalidVocabulary, error.message, subject: folder.path)
      }
      func special(_ role: String) -> PostProcessor.Special {
        let content = settings.specials[role]?.content ?? ""
        let id = added.first { $0.content.utf8.elementsEqual(content.utf8) }?.id ?? 0
        return .init(ids: [id], tokens: [content])
      }
      let postProcessor =
        switch family {
        case .gpt2: PostProcessor()
        case .roberta:
          PostProcessor.roberta(
            opening: special("cls_token"), closing: special("sep_token"),
            trimming: settings.trimsOffsets ? .init(addsPrefixSpace: settings.addsPrefixSpace) : nil)
        }
      self.init(
        added: try AddedTokens(added, normalizer: nil), normalizer: nil,
        preTokenizer: .byteLevel(ByteLevel(addsPrefixSpace: settings.addsPrefixSpace)), model: .bpe(model),
        postProcessor: postProcessor, decoder: .byteLevel)
    } catch let error as TokenizerError {
      throw error
    } catch let error as JSONError {
      throw TokenizerError(
        .malformed, error.message, subject: "\(error.subject):\(error.line):\(error.column)", cause: error)
    } catch {
      throw TokenizerError(.malformed, "\(error)", subject: folder.path, cause: error)
    }
  }

  /// A merge a line, the first of highest rank; lines that begin with `#version` are passed over.
  private static func model(
    _ vocabulary: Vocabulary, merges bytes: [UInt8], _ subject: String
  ) throws(TokenizerError) -> BPE {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    var builder = BPE.Builder(vocabulary: vocabulary, options: .init(), count: lines.count)
    for (index, line) in lines.enumerated() where !line.starts(with: Array("#version".utf8)) {
      do {
        try builder.add(BPE.Builder.pair(line: line.last == 0x0D ? line.dropLast() : line))
      } catch {
        throw TokenizerError(.invalidVocabulary, error.message, subject: "\(subject):\(index + 1)")
      }
    }
    return builder.finished()
  }
}
