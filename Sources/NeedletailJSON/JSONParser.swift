/// A strict recursive-descent pass over the bytes that writes nodes in document order.
struct JSONParser {
  let bytes: [UInt8]
  let subject: String
  let maximumDepth: Int
  var position = 0
  var depth = 0
  var nodes: [JSONDocument.Node] = []

  init(bytes: [UInt8], subject: String, maximumDepth: Int) {
    self.bytes = bytes
    self.subject = subject
    self.maximumDepth = maximumDepth
  }

  mutating func parse() throws(JSONError) -> [JSONDocument.Node] {
    guard bytes.count < Int(UInt32.max) else { throw error(.tooLarge, "JSON texts of 4 GiB and more are not read") }
    nodes.reserveCapacity(min(bytes.count / 8, 1 << 20) + 1)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    try value()
    skipSpace()
    guard position == bytes.count else { throw error(.malformed, "found more text after the end of the JSON value") }
    return nodes
  }

  func error(_ code: JSONError.Code, _ message: String, at offset: Int? = nil) -> JSONError {
    JSONError.at(offset ?? position, in: bytes, subject: subject, code: code, message: message)
  }

  private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) {
    guard let byte else { throw error(.malformed, "the text ends where a JSON value was expected") }
    switch byte {
    case UInt8(ascii: "{"): try container(.object, close: UInt8(ascii: "}"))
    case UInt8(ascii: "["): try container(.array, close: UInt8(ascii: "]"))
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try literal("true", .boolean)
    case UInt8(ascii: "f"): try literal("false", .boolean)
    case UInt8(ascii: "n"): try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw error(.malformed, "expected a JSON value, found byte 0x\(String(bytes[position], radix: 16))")
    }
  }

  private mutating func container(_ kind: JSON.Kind, close: UInt8) throws(JSONError) {
    guard depth < maximumDepth else { throw error(.tooLarge, "JSON nests deeper than \(maximumDepth) levels") }
    depth += 1
    let index = nodes.count
    nodes.append(.init(kind: kind, start: UInt32(position), end: 0, next: 0))
    position += 1
    skipSpace()
    var count: UInt32 = 0
    if byte != close {
      while true {
        if kind == .object {
          guard byte == UInt8(ascii: "\"") else { throw error(.malformed, "expected a quoted key") }
          try string()
          skipSpace()
          guard byte == UInt8(ascii: ":") else { throw error(.malformed, "expected a colon after a key") }
          position += 1
          skipSpace()
        }
        try value()
        count += 1
        skipSpace()
        if byte == UInt8(ascii: ",") {
          position += 1
          skipSpace()
          continue
        }
        guard byte == close else {
          let wanted = String(UnicodeScalar(close))
          throw error(
            .malformed, position == bytes.count ? "the text ends inside \(kind)" : "expected a comma or \(wanted)")
        }
        break
      }
    }
    position += 1
    depth -= 1
    nodes[index].end = UInt32(position)
    nodes[index].next = UInt32(nodes.count)
    nodes[index].count = count
  }

  private mutating func string() throws(JSONError) {
    let opening = position
    position += 1
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        nodes.append(
          .init(
            kind: .string, hasEscapes: hasEscapes, start: UInt32(start), end: UInt32(position),
            next: UInt32(nodes.count + 1)))
        position += 1
        return
      }
      if byte < 0x20 { throw error(.malformed, "a control character stands unescaped in a string") }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        try escape()
      } else {
        position += 1
      }
    }
    throw error(.malformed, "the text ends inside a string", at: opening)
  }

  private mutating func escape() throws(JSONError) {
    guard position + 1 < bytes.count else { throw error(.malformed, "the text ends inside an escape") }
    switch bytes[position + 1] {
    case UInt8(ascii: "u"):
      guard position + 6 <= bytes.count,
        bytes[(position + 2)..<(position + 6)].allSatisfy({ JSONString.hexadecimal($0) != nil })
      else { throw error(.malformed, "\\u needs four hexadecimal digits") }
      position += 6
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    default: throw error(.malformed, "unknown escape in a string")
    }
  }

  private mutating func literal(_ word: StaticString, _ kind: JSON.Kind) throws(JSONError) {
    let start = position
    let wanted = Array(word.description.utf8)
    guard position + wanted.count <= bytes.count, bytes[position..<(position + wanted.count)].elementsEqual(wanted)
    else { throw error(.malformed, "expected \(word)") }
    position += wanted.count
    nodes.append(.init(kind: kind, start: UInt32(start), end: UInt32(position), next: UInt32(nodes.count + 1)))
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    return position - start
  }

  private mutating func number() throws(JSONError) {
    let start = position
    if byte == UInt8(ascii: "-") { position += 1 }
    let leadingZero = byte == UInt8(ascii: "0")
    let count = digits()
    guard count == 1 || (count > 1 && !leadingZero) else { throw error(.malformed, "malformed number", at: start) }
    if byte == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw error(.malformed, "malformed number", at: start) }
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      position += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw error(.malformed, "malformed number", at: start) }
    }
    nodes.append(.init(kind: .number, start: UInt32(start), end: UInt32(position), next: UInt32(nodes.count + 1)))
  }
}

extension JSONError {
  static func at(_ offset: Int, in bytes: [UInt8], subject: String, code: Code, message: String) -> JSONError {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONError(code: code, message: message, subject: subject, line: line, column: before.count - lineStart + 1)
  }
}
