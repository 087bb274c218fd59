internal import NeedletailJSON
internal import NeedletailTokenizers

/// How queries are made longer by tokens that stand for words nobody wrote (Khattab and Zaharia 2020, arXiv:2004.12832).
struct QueryExpansion: Sendable, Equatable {
  /// How long every query is made.
  let length: Int
  /// Whether longer queries are cut to that length.
  let isFixed: Bool
  /// Whether other tokens attend to those that were added.
  let isAttended: Bool
  /// The token that is added; `nil` for the tokenizer's mask.
  let token: String?

  init(length: Int, isFixed: Bool = true, isAttended: Bool, token: String? = nil) {
    self.length = length
    self.isFixed = isFixed
    self.isAttended = isAttended
    self.token = token
  }

  /// Reads `query_expansion` as sentence-transformers writes it.
  init(_ json: JSON) throws(JSONError) {
    for (key, _) in json.members {
      let key = String(decoding: key, as: UTF8.self)
      guard ["strategy", "attend", "token", "length"].contains(key) else {
        throw json.error(.outOfRange, "query_expansion has \"\(key)\", which is not supported")
      }
    }
    let strategy = try json.string("strategy")
    guard strategy == "fixed" || strategy == "min" else {
      throw json.error(.outOfRange, "the strategy \"\(strategy)\" of query_expansion is neither fixed nor min")
    }
    self.init(
      length: try json.integer("length", in: 1...1_048_576), isFixed: strategy == "fixed",
      isAttended: try json.boolean("attend", default: false),
      token: json.optional("token") == nil ? nil : try json.string("token"))
  }

  /// Lengthens every text that is shorter.
  func expand(_ tokens: PackedTokens, with id: Int32) -> PackedTokens {
    var expanded = PackedTokens()
    for text in 0..<tokens.count {
      let range = tokens.range(text)
      let added = max(0, length - range.count)
      expanded.append(
        ids: tokens.ids[range] + Array(repeating: id, count: added),
        typeIDs: tokens.typeIDs[range] + Array(repeating: 0, count: added))
    }
    return expanded
  }
}
