/// Every byte of a text is a token: its value plus an offset, as ByT5 has it (Xue and others 2022,
/// doi:10.1162/tacl_a_00461).
struct ByteModel: Sendable {
  /// The tokens before the bytes, then U+0000 to U+00FF for the bytes.
  let vocabulary: Vocabulary
  let offset: Int32

  /// - Parameter first: The tokens that come before the bytes.
  init(after first: [String]) throws(Vocabulary.Problem) {
    var arena: [UInt8] = []
    var ranges: [Range<Int>?] = []
    for token in first.map({ Array($0.utf8) }) + (0..<256).map({ Array(String(Unicode.Scalar(UInt8($0))).utf8) }) {
      ranges.append(arena.count..<(arena.count + token.count))
      arena += token
    }
    vocabulary = try Vocabulary(arena: arena, ranges: ranges)
    offset = Int32(truncatingIfNeeded: first.count)
  }

  func tokenize(_ piece: ArraySlice<UInt32>, into tokens: inout [ModelToken]) {
    for (index, scalar) in piece.enumerated() {
      var packed = scalar.utf8Packed
      repeat {
        tokens.append(ModelToken(id: Int32(truncatingIfNeeded: packed & 0xFF) + offset, range: index..<(index + 1)))
        packed >>= 8
      } while packed != 0
    }
  }
}

/// Every scalar of a text is a token whose id is its number, as CANINE has it (Clark and others 2022,
/// doi:10.1162/tacl_a_00448).
struct ScalarModel: Sendable {
  /// Empty: nothing has to be looked up.
  let vocabulary: Vocabulary
  static let limit = 0x11_0000
  /// How ids of private use that stand for no character are shown.
  private static let names: [Int: String] = [0xE002: "[BOS]", 0xE004: "[RESERVED]"]

  init() throws(Vocabulary.Problem) { vocabulary = try Vocabulary(arena: [], ranges: []) }

  func tokenize(_ piece: ArraySlice<UInt32>, into tokens: inout [ModelToken]) {
    for (index, scalar) in piece.enumerated() {
      tokens.append(
        ModelToken(id: Int32(truncatingIfNeeded: scalar), range: index..<(index + 1), showsText: true))
    }
  }

  /// The text of an id; U+FFFD for surrogates, `nil` beyond the last scalar.
  func bytes(_ id: Int) -> ArraySlice<UInt8>? {
    guard (0..<Self.limit).contains(id) else { return nil }
    if let name = Self.names[id] { return Array(name.utf8)[...] }
    var bytes: [UInt8] = []
    bytes.appendUTF8((0xD800..<0xE000).contains(id) ? 0xFFFD : UInt32(id))
    return bytes[...]
  }

  func id(_ token: [UInt8]) -> Int? {
    let scalars = Array(String(decoding: token, as: UTF8.self).unicodeScalars)
    return scalars.count == 1 ? Int(scalars[0].value) : nil
  }
}

extension TokenModel {
  /// The bytes of a token.
  func bytes(_ id: Int) -> ArraySlice<UInt8>? {
    if case .scalars(let model) = self { model.bytes(id) } else { vocabulary.bytes(id) }
  }

  /// The token of an id.
  func token(_ id: Int) -> String? { bytes(id).map { String(decoding: $0, as: UTF8.self) } }

  /// The id of a token.
  func id(_ token: [UInt8]) -> Int? {
    if case .scalars(let model) = self { model.id(token) } else { vocabulary.id(token) }
  }

  /// One more than the largest id.
  var limit: Int { if case .scalars = self { ScalarModel.limit } else { vocabulary.limit } }

  /// How many ids have a token.
  var count: Int { if case .scalars = self { ScalarModel.limit } else { vocabulary.count } }
}
