internal import NeedletailJSON

extension ByteLevel {
  init(reading json: JSON) throws {
    addsPrefixSpace = try json.boolean("add_prefix_space", default: true)
    splits = try json.boolean("use_regex", default: true)
  }
}

extension PostProcessor.Trimming {
  /// What a ByteLevel stage does to offsets; `nil` where it leaves them.
  init?(byteLevel json: JSON) throws {
    guard try json.boolean("trim_offsets", default: true) else { return nil }
    addsPrefixSpace = try json.boolean("add_prefix_space", default: true)
  }
}

extension PostProcessor {
  /// Stages that trim offsets, and at most one that adds special tokens.
  static func chain(_ json: JSON) throws -> PostProcessor {
    var trimmings: [Trimming] = []
    var framing: PostProcessor?
    // Which texts of a pair have a special token before them that is no part of its own.
    var follows = [false, false]
    for stage in json.elements {
      let processor = try PostProcessor(reading: stage)
      let type = try stage.componentType("a post-processor", shapes: Self.shapes)
      guard type != "ByteLevel" else {
        trimmings += processor.trimmings.map { trimming in
          var trimming = trimming
          trimming.followsSpecial = follows
          return trimming
        }
        continue
      }
      guard framing == nil else {
        throw stage.problem(.unsupported, "a second post-processor that adds special tokens is not supported")
      }
      if type != "TemplateProcessing" { follows = [true, processor.separatesPairTwice] }
      trimmings += processor.trimmings
      framing = processor
    }
    return (framing ?? PostProcessor()).trimming(by: trimmings)
  }
}

extension PatternSplit {
  init(reading json: JSON) throws {
    let name = try json.string("behavior")
    guard let behavior = SplitBehavior(rawValue: name) else {
      throw json.problem(.unsupported, "the behavior \"\(name)\" of Split is not known")
    }
    self.behavior = behavior
    isInverted = try json.boolean("invert", default: false)
    let source = try json.value("pattern").expect(.object, "\"pattern\"")
    if source["Regex"] != nil {
      let text = try source.string("Regex")
      if let known = SplitPattern(regex: text) {
        pattern = .known(known)
      } else {
        pattern = .regex(try Regex(text, at: source))
      }
    } else {
      let string = try source.string("String").unicodeScalars.map(\.value)
      pattern = string.isEmpty ? .regex(try Regex("", at: source)) : .string(string)
    }
  }

  /// A CharDelimiterSplit.
  init(delimiter json: JSON) throws {
    let delimiter = try json.string("delimiter").unicodeScalars.map(\.value)
    guard delimiter.count == 1 else { throw json.problem(.malformed, "\"delimiter\" should be one character") }
    self.init(pattern: .string(delimiter), behavior: .removed, isInverted: false)
  }
}
