package import NeedletailJSON

extension TokenModel {
  init(reading json: JSON) throws {
    let type = try json.componentType(
      "\"model\"",
      shapes: [
        ("BPE", ["vocab", "merges"]),
        ("WordPiece", ["vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word"]),
        ("Unigram", ["vocab", "unk_id"]), ("WordLevel", ["vocab", "unk_token"]),
      ])
    switch type {
    case "WordPiece":
      let vocabulary = try Vocabulary(reading: json.value("vocab"))
      let unknown = try vocabulary.unknown(json)
      do {
        self = .wordPiece(
          try WordPiece(
            vocabulary: vocabulary, unknown: unknown, prefix: Array(json.wordPiecePrefix.utf8),
            maximumScalars: json.wordPieceLimit))
      } catch let problem as Vocabulary.Problem {
        throw json.problem(.invalidVocabulary, problem.message)
      }
    case "WordLevel":
      let vocabulary = try Vocabulary(reading: json.value("vocab"))
      self = .wordLevel(WordLevel(vocabulary: vocabulary, unknown: try vocabulary.unknown(json)))
    case "BPE": self = .bpe(try BPE(reading: json))
    case "Unigram": self = .unigram(try Unigram(reading: json))
    default: throw json.problem(.unsupported, "the model \"\(type)\" is not supported")
    }
  }
}

extension Tokenizer {
  /// Checks the options of a model whose vocabulary is still to be made.
  ///
  /// - Throws: What reading the model would throw for an option.
  package static func checkModelOptions(_ json: JSON) throws {
    switch try json.componentType("\"model\"") {
    case "WordPiece": _ = try (json.unknownToken, json.wordPiecePrefix, json.wordPieceLimit)
    case "WordLevel": _ = try json.unknownToken
    case "BPE": _ = try BPE.Options(reading: json, Vocabulary(arena: [], ranges: []))
    case "Unigram": _ = try json.spellsUnknownBytes
    default: break
    }
  }
}

extension JSON {
  fileprivate var unknownToken: String { get throws { try string("unk_token", default: "[UNK]") } }
  fileprivate var wordPiecePrefix: String { get throws { try string("continuing_subword_prefix", default: "##") } }
  fileprivate var wordPieceLimit: Int { get throws { try integer("max_input_chars_per_word", default: 100) } }
  /// Whether a model writes characters without a token byte by byte.
  var spellsUnknownBytes: Bool { get throws { try boolean("byte_fallback", default: false) } }
}

extension Vocabulary {
  /// An object from tokens to ids; no two tokens have the same, and some ids may have none.
  init(reading json: JSON) throws {
    let json = try json.expect(.object, "\"vocab\"")
    // A file of a few bytes must not ask for all memory.
    let limit = 4 * json.count + (1 << 16)
    var arena: [UInt8] = []
    var ranges: [Range<Int>?] = []
    ranges.reserveCapacity(json.count)
    for (key, value) in json.members {
      guard let id = value.integer, id >= 0, id < limit else {
        throw value.problem(
          .invalidVocabulary,
          "the token \"\(String(decoding: key, as: UTF8.self))\" should have an id from 0 to \(limit - 1)")
      }
      while ranges.count <= id { ranges.append(nil) }
      guard ranges[id] == nil else {
        let twin = ranges[id].map { String(decoding: arena[$0], as: UTF8.self) } ?? ""
        throw value.problem(
          .invalidVocabulary,
          "the tokens \"\(twin)\" and \"\(String(decoding: key, as: UTF8.self))\" have the same id \(id)")
      }
      let start = arena.count
      arena.append(contentsOf: key)
      ranges[id] = start..<arena.count
    }
    do {
      try self.init(arena: arena, ranges: ranges)
    } catch {
      throw json.problem(.invalidVocabulary, error.message)
    }
  }

  /// The id of the unknown token that a model names.
  fileprivate func unknown(_ model: JSON) throws -> Int32 {
    let token = try model.unknownToken
    guard let id = id(Array(token.utf8)) else {
      throw model.problem(.invalidVocabulary, "the unknown token \"\(token)\" is not in the vocabulary")
    }
    return Int32(id)
  }
}
