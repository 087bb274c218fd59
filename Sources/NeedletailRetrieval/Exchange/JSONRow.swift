internal import NeedletailJSON

/// Reads a line of JSONL as a document.
enum JSONRow {
  /// The document of one JSON text.
  ///
  /// - Throws: `RowMembers.Fault` or `JSONError`.
  static func row(_ bytes: [UInt8]) throws -> DocumentRow { try row(try JSONDocument(parsing: bytes).root) }

  /// The document of one JSON value.
  ///
  /// - Throws: `RowMembers.Fault` or `JSONError`.
  static func row(_ json: JSON) throws -> DocumentRow {
    var members = RowMembers()
    if let text = json.string {
      members.take(text: text)
      return try members.row()
    }
    guard json.kind == .object else {
      let hint = json.kind == .array ? " (jq -c '.[]' takes an array apart)" : ""
      throw json.error(.wrongType, "expected a string or an object, found \(json.kind)\(hint)")
    }
    var keys: Set<[UInt8]> = []
    for (key, value) in json.members {
      guard keys.insert(Array(key)).inserted else {
        throw value.error(.malformed, "the key \"\(String(decoding: key, as: UTF8.self))\" stands there twice")
      }
      try take(String(decoding: key, as: UTF8.self), value, into: &members)
    }
    return try members.row()
  }

  private static func take(_ key: String, _ value: JSON, into members: inout RowMembers) throws {
    switch key {
    case "id", "_id": if !value.isNull { try members.take(id: id(value)) }
    case "text":
      guard let text = value.string else {
        throw value.error(.wrongType, "\"text\" should be a string, found \(value.kind)")
      }
      members.take(text: text)
    case "title":
      guard !value.isNull else { return }
      guard let title = value.string else {
        throw value.error(.wrongType, "\"title\" should be a string, found \(value.kind)")
      }
      members.take(title: title)
    case "metadata":
      guard !value.isNull else { return }
      guard value.kind == .object else {
        throw value.error(.wrongType, "\"metadata\" should be an object, found \(value.kind)")
      }
      try check(value)
      members.take(
        metadata: value.members.map { (String(decoding: $0.key, as: UTF8.self), JSONValue(copying: $0.value)) })
    case "embedding", "vector": if !value.isNull { try members.take(vector: vector(value, key)) }
    default:
      try check(value)
      members.take(other: key, JSONValue(copying: value))
    }
  }

  /// An id as a string; the digits of a whole number.
  private static func id(_ value: JSON) throws(JSONError) -> String {
    if let text = value.string {
      // The parser reads a surrogate without its partner as U+FFFD: two ids would become one.
      guard !text.unicodeScalars.contains("\u{FFFD}") || Self.holdsReplacement(value.source) else {
        throw value.error(.malformed, "the id holds half of a surrogate pair, which is no character")
      }
      return text
    }
    guard let digits = value.digits, digits.allSatisfy({ $0 == UInt8(ascii: "-") || $0 >= 0x30 && $0 <= 0x39 }) else {
      throw value.error(.wrongType, "an id should be a string or a whole number, found \(value.kind)")
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// Whether the bytes of a string hold U+FFFD itself, plain or as an escape.
  private static func holdsReplacement(_ source: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: source, as: UTF8.self)
    return text.unicodeScalars.contains("\u{FFFD}")
      || text.lowercased().utf8.split(separator: UInt8(ascii: "\\"))
        .contains { $0.starts(with: "ufffd".utf8) }
  }

  private static func vector(_ value: JSON, _ key: String) throws(JSONError) -> [Float] {
    guard value.kind == .array else {
      throw value.error(.wrongType, "\"\(key)\" should be an array of numbers, found \(value.kind)")
    }
    var vector: [Float] = []
    vector.reserveCapacity(value.count)
    for element in value.elements {
      guard let number = element.digits.flatMap({ Float(String(decoding: $0, as: UTF8.self)) }), number.isFinite else {
        throw element.error(.wrongType, "\"\(key)\" should hold numbers of the range of float32, found \(element.kind)")
      }
      vector.append(number)
    }
    return vector
  }

  /// Refuses what would not be kept as it stands: numbers that no 64 bits hold, and keys that are there twice.
  private static func check(_ value: JSON) throws(JSONError) {
    switch value.kind {
    case .number:
      let isWhole = value.digits?.allSatisfy { $0 == UInt8(ascii: "-") || $0 >= 0x30 && $0 <= 0x39 } ?? false
      guard isWhole ? value.integer != nil : value.double?.isFinite ?? false else {
        throw value.error(.outOfRange, "the number does not fit into 64 bits; write it as a string")
      }
    case .array: for element in value.elements { try check(element) }
    case .object:
      var keys: Set<[UInt8]> = []
      for (key, member) in value.members {
        guard keys.insert(Array(key)).inserted else {
          throw member.error(.malformed, "the key \"\(String(decoding: key, as: UTF8.self))\" stands there twice")
        }
        try check(member)
      }
    case .null, .boolean, .string: break
    }
  }
}
