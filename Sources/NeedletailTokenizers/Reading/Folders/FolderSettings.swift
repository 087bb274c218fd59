internal import NeedletailJSON

/// What the files beside a vocabulary say about a tokenizer, with the precedence of transformers 5.
///
/// `special_tokens_map.json`, `added_tokens.json` and the added tokens of `tokenizer.json` are older than
/// `added_tokens_decoder` of `tokenizer_config.json`: where that stands, they are not read, otherwise they win.
struct FolderSettings {
  /// A special or added token as a file names it.
  struct Token: Equatable {
    var content: String
    /// Whether it was an object with flags; plain strings are special.
    var isObject = false
    var isSpecial = false
    var isSingleWord = false
    var stripsLeft = false
    var stripsRight = false
    /// `nil` where the file does not say: the opposite of special.
    var isNormalized: Bool?

    init(_ content: String) { self.content = content }

    /// An object with flags.
    init(_ content: String, stripsLeft: Bool = false, isSpecial: Bool = false, isNormalized: Bool? = nil) {
      self.content = content
      isObject = true
      self.stripsLeft = stripsLeft
      self.isSpecial = isSpecial
      self.isNormalized = isNormalized
    }
  }

  /// The special tokens that every class knows, in the order in which new ones get their ids.
  static let roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]

  /// `tokenizer_config.json`.
  let config: JSON?
  private(set) var className: String?
  private(set) var modelType: String?
  /// Special tokens by role; `.some(nil)` where a file says that there is none.
  private(set) var specials: [String: Token?] = [:]
  /// Special tokens of roles that only some models have.
  private(set) var others: [(name: String, token: Token)] = []
  /// `extra_special_tokens`, or `additional_special_tokens` of the configuration file; `nil` where neither stands.
  private(set) var extra: [Token]?
  /// `additional_special_tokens` of the older file.
  private(set) var additional: [Token]?
  /// Added tokens by the id that the files give them.
  private(set) var added: [(id: Int, token: Token, place: JSON)] = []

  /// - Parameter tokenizer: `tokenizer.json`, where there is one.
  init(_ files: FolderFiles, tokenizer: JSON?) throws {
    config = try files.json("tokenizer_config.json")
    let model = try files.json("config.json")
    modelType = model?.optional("model_type")?.string
    className = try config?.optional("tokenizer_class").map { _ in try config?.string("tokenizer_class") } ?? nil
    if className == nil { className = model?.optional("tokenizer_class")?.string }
    if className?.hasSuffix("Fast") == true { className?.removeLast(4) }
    if let config { try read(config) }
    if let decoder = config?["added_tokens_decoder"] {
      try readDecoder(decoder)
    } else {
      if let map = try files.json("special_tokens_map.json") { try readMap(map) }
      if let tokens = try files.json("added_tokens.json") { try readAdded(tokens) }
      if let tokenizer { try readAdded(ofTokenizer: tokenizer) }
    }
    let known = Dictionary(added.map { ($0.token.content, $0.token) }) { $1 }
    for (role, token) in specials {
      if let content = token?.content, let other = known[content] { specials[role] = .some(other) }
    }
  }

  /// A boolean of the configuration file.
  func boolean(_ key: String, default fallback: Bool) throws -> Bool {
    try config?.boolean(key, default: fallback) ?? fallback
  }

  private mutating func read(_ config: JSON) throws {
    for role in Self.roles {
      guard let value = config[role] else { continue }
      specials[role] = .some(value.isNull ? nil : try Token(value))
    }
    for (key, value) in config.members {
      let name = String(decoding: key, as: UTF8.self)
      if name.hasSuffix("_token"), !Self.roles.contains(name), value.kind == .string || value.kind == .object {
        others.append((name, try Token(value)))
      }
    }
    let key = ["extra_special_tokens", "additional_special_tokens"].first { config.optional($0)?.count ?? 0 > 0 }
    if let value = key.flatMap({ config[$0] }), value.kind == .object {
      for (key, value) in value.members { others.append((String(decoding: key, as: UTF8.self), try Token(value))) }
    } else if let key {
      extra = try config.value(key).expect(.array, "\"\(key)\"").elements.map { try Token($0) }
    } else if config["extra_special_tokens"] != nil || config["additional_special_tokens"] != nil {
      extra = []
    }
  }

  private mutating func readDecoder(_ json: JSON) throws {
    for (key, value) in try json.expect(.object, "\"added_tokens_decoder\"").members {
      let name = String(decoding: key, as: UTF8.self)
      guard let id = Int(name), (0..<Int(Int32.max)).contains(id) else {
        throw value.problem(.invalidVocabulary, "expected the id of an added token, found \"\(name)\"")
      }
      added.append((id, try Token(value.expect(.object, "an added token")), value))
    }
    try sortAdded()
  }

  private mutating func readMap(_ json: JSON) throws {
    for (key, value) in json.members {
      let name = String(decoding: key, as: UTF8.self)
      switch name {
      case "additional_special_tokens":
        additional = value.isNull ? [] : try value.expect(.array, "\"\(name)\"").elements.map { try Token($0) }
      case "extra_special_tokens":
        for entry in try value.expect(.array, "\"\(name)\"").elements {
          let token = try Token(entry)
          if extra?.contains(token) != true { extra = (extra ?? []) + [token] }
        }
      case _ where Self.roles.contains(name): specials[name] = .some(value.isNull ? nil : try Token(special: value))
      case _ where name.hasSuffix("_token") && !value.isNull: others.append((name, try Token(special: value)))
      default: break
      }
    }
  }

  /// An object from tokens to ids.
  private mutating func readAdded(_ json: JSON) throws {
    let special = Set((specials.values.compactMap { $0?.content }) + (extra ?? []).map(\.content))
    for (key, value) in json.members {
      guard let id = value.integer, (0..<Int(Int32.max)).contains(id) else {
        throw value.problem(.invalidVocabulary, "expected the id of an added token")
      }
      let content = String(decoding: key, as: UTF8.self)
      let isSpecial = special.contains(content)
      added.append((id, Token(content, isSpecial: isSpecial, isNormalized: !isSpecial), value))
    }
    try sortAdded()
  }

  private mutating func readAdded(ofTokenizer json: JSON) throws {
    for (token, place) in try AddedToken.list(json.optional("added_tokens")) {
      var entry = Token(token.content, isSpecial: token.isSpecial, isNormalized: token.isNormalized)
      entry.stripsLeft = token.stripsLeft
      entry.stripsRight = token.stripsRight
      entry.isSingleWord = token.isSingleWord
      added.removeAll { $0.id == Int(token.id) }
      added.append((Int(token.id), entry, place))
    }
    try sortAdded()
  }

  private mutating func sortAdded() throws {
    added.sort { $0.id < $1.id }
    for (one, other) in zip(added, added.dropFirst()) where one.id == other.id {
      throw other.place.problem(.invalidVocabulary, "two added tokens have the id \(one.id)")
    }
  }
}

extension FolderSettings.Token {
  /// A string, or an object with content and flags.
  init(_ json: JSON) throws {
    guard json.kind == .object else {
      guard let content = json.string else { throw json.problem(.malformed, "expected a token") }
      self.init(content)
      return
    }
    self.init(try json.string("content"))
    isObject = true
    isSpecial = try json.boolean("special", default: false)
    isSingleWord = try json.boolean("single_word", default: false)
    stripsLeft = try json.boolean("lstrip", default: false)
    stripsRight = try json.boolean("rstrip", default: false)
    isNormalized = json.optional("normalized") == nil ? nil : try json.boolean("normalized")
  }

  /// The same; objects are special.
  fileprivate init(special json: JSON) throws {
    try self.init(json)
    if isObject { isSpecial = true }
  }
}
