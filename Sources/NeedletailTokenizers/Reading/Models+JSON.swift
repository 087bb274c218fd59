internal import NeedletailJSON

extension TokenModel {
  /// - Parameter added: Tokens that may fill gaps between the ids of the vocabulary.
  init(reading json: JSON, added: [AddedToken]) throws {
    let type = try json.componentType("\"model\"")
    switch type {
    case "WordPiece":
      let vocabulary = try Vocabulary(reading: json.value("vocab"), added: added)
      let unknown = try vocabulary.unknown(json)
      let prefix = try json.string("continuing_subword_prefix", default: "##")
      do {
        self = .wordPiece(
          try WordPiece(
            vocabulary: vocabulary, unknown: unknown, prefix: Array(prefix.utf8),
            maximumScalars: try json.integer("max_input_chars_per_word", default: 100)))
      } catch let problem as Vocabulary.Problem {
        throw json.problem(.invalidVocabulary, problem.message)
      }
    case "WordLevel":
      let vocabulary = try Vocabulary(reading: json.value("vocab"), added: added)
      self = .wordLevel(WordLevel(vocabulary: vocabulary, unknown: try vocabulary.unknown(json)))
    case "BPE": self = .bpe(try BPE(reading: json, added: added))
    case "Unigram": self = .unigram(try Unigram(reading: json, added: added))
    default: throw json.problem(.unsupported, "the model \"\(type)\" is not supported")
    }
  }
}

extension Vocabulary {
  /// An object from tokens to ids; every id up to the largest has exactly one token, added ones included.
  init(reading json: JSON, added: [AddedToken]) throws {
    let json = try json.expect(.object, "\"vocab\"")
    let limit = json.count + added.count
    var arena: [UInt8] = []
    var ranges: [Range<Int>?] = Array(repeating: nil, count: limit)
    var highest = -1
    for (key, value) in json.members {
      guard let id = value.integer, id >= 0, id < limit else {
        throw value.problem(
          .invalidVocabulary,
          "the token \"\(String(decoding: key, as: UTF8.self))\" should have an id from 0 to \(limit - 1)")
      }
      guard ranges[id] == nil else {
        let twin = ranges[id].map { String(decoding: arena[$0], as: UTF8.self) } ?? ""
        throw value.problem(
          .invalidVocabulary,
          "the tokens \"\(twin)\" and \"\(String(decoding: key, as: UTF8.self))\" have the same id \(id)")
      }
      let start = arena.count
      arena.append(contentsOf: key)
      ranges[id] = start..<arena.count
      highest = max(highest, id)
    }
    ranges.removeLast(ranges.count - highest - 1)
    let filled = Set(added.map { Int($0.id) })
    if let gap = ranges.indices.first(where: { ranges[$0] == nil && !filled.contains($0) }) {
      throw json.problem(.invalidVocabulary, "no token has the id \(gap)")
    }
    if let beyond = filled.filter({ $0 > highest }).max(), beyond >= limit {
      throw json.problem(
        .invalidVocabulary, "an added token has the id \(beyond), expected ids below \(limit) without gaps")
    }
    do {
      try self.init(arena: arena, ranges: ranges)
    } catch {
      throw json.problem(.invalidVocabulary, error.message)
    }
  }

  /// The id of the unknown token that a model names.
  fileprivate func unknown(_ model: JSON) throws -> Int32 {
    let token = try model.string("unk_token", default: "[UNK]")
    guard let id = id(Array(token.utf8)) else {
      throw model.problem(.invalidVocabulary, "the unknown token \"\(token)\" is not in the vocabulary")
    }
    return Int32(id)
  }
}
