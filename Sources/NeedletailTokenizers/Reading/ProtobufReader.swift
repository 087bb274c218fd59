/// Reads the fields of a protocol-buffer message, one after another, without a schema.
struct ProtobufReader {
  /// A field: its number, and its value by wire type.
  enum Value {
    case number(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(Range<Int>)
  }

  private let bytes: [UInt8]
  private let end: Int
  private let subject: String
  private(set) var position: Int

  /// - Parameters:
  ///   - range: The message; inside `bytes`.
  ///   - subject: What errors name.
  init(_ bytes: [UInt8], _ range: Range<Int>, subject: String) {
    self.bytes = bytes
    self.subject = subject
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, `nil` at the end of the message.
  mutating func next() throws(TokenizerError) -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let key = try varint()
    let field = key >> 3
    guard (1...0x1FFF_FFFF).contains(field) else { throw problem("a field has the number \(field)", at: start) }
    switch key & 7 {
    case 0: return (Int(field), .number(try varint()))
    case 1: return (Int(field), .fixed64(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(end - position) else {
        throw problem("field \(field) has \(count) bytes, \(end - position) are left", at: start)
      }
      defer { position += Int(count) }
      return (Int(field), .bytes(position..<(position + Int(count))))
    case 5: return (Int(field), .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw problem("field \(field) has the wire type \(key & 7), which is not in use", at: start)
    }
  }

  /// An error that names the place.
  func problem(_ message: String, at place: Int? = nil) -> TokenizerError {
    TokenizerError(.malformed, message, subject: "\(subject):byte \(place ?? position)")
  }

  private mutating func varint() throws(TokenizerError) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < end else { throw problem("the file ends inside a number") }
      let byte = bytes[position]
      position += 1
      guard index < 9 || byte < 2 else { break }
      value |= UInt64(byte & 0x7F) << UInt64(7 * index)
      if byte < 0x80 { return value }
    }
    throw problem("a number has more than 64 bits")
  }

  private mutating func fixed(_ width: Int) throws(TokenizerError) -> UInt64 {
    guard end - position >= width else { throw problem("the file ends inside a number") }
    defer { position += width }
    return (0..<width).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}
