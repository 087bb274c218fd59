internal import NeedletailJSON

extension Decoder {
  init(reading json: JSON) throws {
    let type = try json.componentType(
      "\"decoder\"",
      shapes: [
        ("BPEDecoder", ["suffix"]), ("WordPiece", ["prefix", "cleanup"]),
        ("CTC", ["pad_token", "word_delimiter_token", "cleanup"]), ("Replace", ["pattern", "content"]),
        ("Strip", ["content", "start", "stop"]),
      ])
    switch type {
    case "WordPiece":
      self = .wordPiece(
        prefix: Array(try json.string("prefix", default: "##").utf8),
        cleansUp: try json.boolean("cleanup", default: true))
    case "Metaspace": self = .metaspace(try Metaspace(reading: json))
    case "Replace":
      let pattern = try json.value("pattern")
      if pattern["Regex"] != nil {
        self = .replaceRegex(
          try Regex(pattern.string("Regex"), at: pattern), content: Array(try json.string("content").utf8))
        return
      }
      let wanted = Array(try pattern.string("String").utf8)
      let content = Array(try json.string("content").utf8)
      self =
        wanted.isEmpty
        ? .replaceRegex(try Regex("", at: pattern), content: content) : .replace(pattern: wanted, content: content)
    case "Fuse": self = .fuse
    case "ByteLevel": self = .byteLevel
    case "Strip":
      self = .strip(
        content: try json.scalarBytes("content"), start: try json.integer("start", in: 0...Int.max),
        stop: try json.integer("stop", in: 0...Int.max))
    case "ByteFallback": self = .byteFallback
    case "BPEDecoder": self = .suffix(Array(try json.string("suffix", default: "</w>").utf8))
    case "CTC":
      self = .ctc(
        padding: Array(try json.string("pad_token", default: "<pad>").utf8),
        delimiter: Array(try json.string("word_delimiter_token", default: "|").utf8),
        cleansUp: try json.boolean("cleanup", default: true))
    case "Sequence":
      self = .sequence(
        try json.value("decoders").expect(.array, "\"decoders\"").elements.map(Decoder.init(reading:)))
    default: throw json.problem(.unsupported, "the decoder \"\(type)\" is not supported")
    }
  }
}

extension Metaspace {
  init(reading json: JSON) throws {
    let mark = try json.scalarBytes("replacement")
    var scheme = Scheme.always
    if let name = json.optional("prepend_scheme") {
      guard let known = Scheme(rawValue: try json.string("prepend_scheme")) else {
        throw name.problem(.unsupported, "expected \"prepend_scheme\" to be \"always\", \"first\" or \"never\"")
      }
      scheme = known
    }
    if json.optional("add_prefix_space") != nil, try !json.boolean("add_prefix_space"), scheme != .never {
      guard json.optional("prepend_scheme") == nil else {
        throw json.problem(.malformed, "\"add_prefix_space\" is false, but \"prepend_scheme\" is not \"never\"")
      }
      scheme = .never
    }
    self.init(
      mark: mark.scalar(at: 0).0, scheme: scheme, splits: try json.boolean("split", default: true))
  }
}

extension JSON {
  /// The UTF-8 of a string that is exactly one scalar.
  fileprivate func scalarBytes(_ key: String) throws -> [UInt8] {
    let text = try string(key)
    guard text.unicodeScalars.count == 1 else {
      throw try value(key).problem(.malformed, "expected \"\(key)\" to be one character")
    }
    return Array(text.utf8)
  }
}
