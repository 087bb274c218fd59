internal import NeedletailJSON

extension Normalizer {
  init(reading json: JSON) throws {
    let type = try json.componentType(
      "\"normalizer\"",
      shapes: [
        ("BertNormalizer", ["clean_text", "handle_chinese_chars", "lowercase"]),
        ("Strip", ["strip_left", "strip_right"]), ("Sequence", ["normalizers"]), ("Replace", ["pattern", "content"]),
        ("Prepend", ["prepend"]),
      ])
    switch type {
    case "BertNormalizer":
      let lowercases = try json.boolean("lowercase", default: true)
      self = .bert(
        BertNormalizer(
          cleansText: try json.boolean("clean_text", default: true),
          separatesIdeographs: try json.boolean("handle_chinese_chars", default: true),
          stripsAccents: try json.boolean("strip_accents", default: lowercases), lowercases: lowercases))
    case "Lowercase": self = .lowercase
    case "NFC": self = .form(.nfc)
    case "NFD": self = .form(.nfd)
    case "NFKC": self = .form(.nfkc)
    case "NFKD": self = .form(.nfkd)
    case "StripAccents": self = .stripAccents
    case "Strip":
      self = .strip(
        left: try json.boolean("strip_left", default: true), right: try json.boolean("strip_right", default: true))
    case "Replace":
      let pattern = try json.value("pattern")
      if let regex = pattern["Regex"]?.string, let known = SplitPattern(regex: regex) {
        self = .replaceMatches(known, content: try json.string("content").unicodeScalars.map(\.value))
        return
      }
      if let runs = try Self.runs(reading: pattern, content: json) {
        self = runs
        return
      }
      if pattern["Regex"] != nil {
        self = .replaceRegex(
          try Regex(pattern.string("Regex"), at: pattern),
          content: try json.string("content").unicodeScalars.map(\.value))
        return
      }
      let wanted = try pattern.string("String").unicodeScalars.map(\.value)
      let content = try json.string("content").unicodeScalars.map(\.value)
      self =
        wanted.isEmpty
        ? .replaceRegex(try Regex("", at: pattern), content: content) : .replace(pattern: wanted, content: content)
    case "Prepend": self = .prepend(try json.string("prepend").unicodeScalars.map(\.value))
    case "Precompiled": self = .characterMap(try CharacterMap(reading: json))
    case "Nmt": self = .translation
    case "ByteLevel": self = .byteLevel
    case "Sequence":
      self = .sequence(
        try json.value("normalizers").expect(.array, "\"normalizers\"").elements.map(Normalizer.init(reading:)))
    default: throw json.problem(.unsupported, "the normalizer \"\(type)\" is not supported")
    }
  }
}

extension PreTokenizer {
  init(reading json: JSON) throws {
    let type = try json.componentType("\"pre_tokenizer\"")
    switch type {
    case "BertPreTokenizer": self = .bert
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "Punctuation":
      let name = try json.string("behavior", default: SplitBehavior.isolated.rawValue)
      guard let behavior = SplitBehavior(rawValue: name) else {
        throw json.problem(.unsupported, "the behavior \"\(name)\" of Punctuation is not known")
      }
      self = .punctuation(behavior)
    case "Split": self = .pattern(try PatternSplit(reading: json))
    case "ByteLevel": self = .byteLevel(try ByteLevel(reading: json))
    case "CharDelimiterSplit": self = .pattern(try PatternSplit(delimiter: json))
    case "FixedLength": self = .fixedLength(try json.integer("length", in: 1...Int(Int32.max), default: 5))
    case "Digits": self = .digits(individually: try json.boolean("individual_digits", default: false))
    case "Metaspace": self = .metaspace(try Metaspace(reading: json))
    case "UnicodeScripts": self = .scripts
    case "Sequence":
      self = .sequence(
        try json.value("pretokenizers").expect(.array, "\"pretokenizers\"").elements.map(PreTokenizer.init(reading:)))
    default: throw json.problem(.unsupported, "the pre-tokenizer \"\(type)\" is not supported")
    }
  }
}

extension PostProcessor {
  init(reading json: JSON) throws {
    let type = try json.componentType("\"post_processor\"", shapes: Self.shapes)
    switch type {
    case "BertProcessing":
      self = .bert(opening: try Special(reading: json, "cls"), closing: try Special(reading: json, "sep"))
    case "RobertaProcessing" where json["trim_offsets"] == nil || json["add_prefix_space"] == nil:
      // The reference library takes one that is not whole for BERT's.
      self = .bert(opening: try Special(reading: json, "cls"), closing: try Special(reading: json, "sep"))
    case "RobertaProcessing":
      let trims = try json.boolean("trim_offsets", default: true)
      let addsPrefixSpace = try json.boolean("add_prefix_space", default: true)
      self = .roberta(
        opening: try Special(reading: json, "cls"), closing: try Special(reading: json, "sep"),
        trimming: trims ? Trimming(addsPrefixSpace: addsPrefixSpace) : nil)
    case "ByteLevel": self.init(trimming: try Trimming(byteLevel: json))
    case "Sequence": self = try Self.chain(json.value("processors").expect(.array, "\"processors\""))
    case "TemplateProcessing":
      let specials = try json.value("special_tokens").expect(.object, "\"special_tokens\"")
      self.init(
        single: try Self.pieces(json.value("single"), specials),
        pair: try Self.pieces(json.value("pair"), specials))
    default: throw json.problem(.unsupported, "the post-processor \"\(type)\" is not supported")
    }
  }

  /// What older files have without a name.
  static let shapes: [(type: String, keys: [String])] = [
    ("RobertaProcessing", ["sep", "cls", "trim_offsets", "add_prefix_space"]), ("BertProcessing", ["sep", "cls"]),
    ("TemplateProcessing", ["single", "pair", "special_tokens"]),
  ]

  private static func pieces(_ json: JSON, _ specials: JSON) throws -> [Piece] {
    var seen: Set<Int> = []
    return try json.expect(.array, "a template").elements.map { entry in
      if let special = entry["SpecialToken"] {
        let name = try special.string("id")
        guard let definition = specials[name] else {
          throw special.problem(.malformed, "the special token \"\(name)\" of the template is not defined")
        }
        return .special(try Special(reading: definition), typeID: try special.tokenID("type_id"))
      }
      let sequence = try entry.value("Sequence")
      let name = try sequence.string("id")
      guard name == "A" || name == "B" else {
        throw sequence.problem(.unsupported, "a template knows the texts \"A\" and \"B\", not \"\(name)\"")
      }
      let index = name == "A" ? 0 : 1
      guard seen.insert(index).inserted else {
        throw sequence.problem(.unsupported, "the template uses the text \"\(name)\" twice")
      }
      return .sequence(index, typeID: try sequence.tokenID("type_id"), overflowTypeID: Int32(index))
    }
  }
}

extension PostProcessor.Special {
  /// A definition of a template.
  fileprivate init(reading json: JSON) throws {
    ids = try json.value("ids").expect(.array, "\"ids\"").elements.map { id in
      guard let value = id.integer, (0..<Int(Int32.max)).contains(value) else {
        throw id.problem(.invalidVocabulary, "expected an id")
      }
      return Int32(value)
    }
    tokens = try json.value("tokens").expect(.array, "\"tokens\"").elements.map { token in
      guard let string = token.string else { throw token.problem(.malformed, "expected a token") }
      return string
    }
    guard ids.count == tokens.count, !ids.isEmpty else {
      throw json.problem(.malformed, "expected as many tokens as ids, at least one")
    }
  }

  /// A pair of token and id.
  fileprivate init(reading json: JSON, _ key: String) throws {
    let pair = try json.value(key).expect(.array, "\"\(key)\"")
    let parts = Array(pair.elements)
    guard parts.count == 2, let token = parts[0].string, let id = parts[1].integer, (0..<Int(Int32.max)).contains(id)
    else { throw pair.problem(.malformed, "expected \"\(key)\" to be a token and its id") }
    ids = [Int32(id)]
    tokens = [token]
  }
}
