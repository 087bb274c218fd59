/// Makes damaged copies of valid inputs, the same for the same seed.
///
/// Half of them have one mutation, the others two to four. Some mutations know JSON and keep its form, so that readers
/// are tried behind the parser too.
public struct Mutations: Sendable {
  private var generator: SeededGenerator
  /// Texts that formats give a meaning to, and numbers at the borders of their types.
  private static let pieces = [
    "0", "-1", "1", "127", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775808", "1e9", "1e400", "0.5",
    "-0", "1e-400", "null", "true", "false", "{}", "[]", "\"\"", "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u0000",
    "\\ud800", "\u{0}", "\n", "\r", "\r\n", "\t", "<", ">", "&", "&#", "<!--", "]]>", "\u{FEFF}", "\u{301}", "😀", "../",
  ].map { Array($0.utf8) }

  /// Whole JSON values that few readers expect.
  private static let values = [
    "null", "true", "false", "0", "-1", "1", "2", "31", "64", "1e9", "0.5", "-0.0", "2147483648", "9223372036854775807",
    "1e400", "\"\"", "\"x\"", "\"../x\"", "\"\\u0000\"", "[]", "{}", "[null]", "[0, -1]", "[[]]", "{\"a\": 1}",
  ].map { Array($0.utf8) }

  /// Starts a sequence of mutations.
  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A damaged copy of `input`.
  ///
  /// - Parameter others: Inputs that ranges may be taken from.
  public mutating func mutated(_ input: [UInt8], others: [[UInt8]] = []) -> [UInt8] {
    var bytes = input
    let count = Bool.random(using: &generator) ? 1 : Int.random(in: 2...4, using: &generator)
    for _ in 0..<count { mutate(&bytes, others) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
    guard !bytes.isEmpty else {
      bytes = Self.pieces.randomElement(using: &generator) ?? []
      return
    }
    let place = place(in: bytes.count)
    let range = place..<min(bytes.count, place + length())
    switch Int.random(in: 0..<17, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1, 2: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 3: bytes.removeSubrange(range)
    case 4: bytes.removeLast(bytes.count - place)
    case 5: bytes.insert(contentsOf: bytes[range], at: self.place(in: bytes.count))
    case 6:
      let other = others.randomElement(using: &generator) ?? bytes
      guard !other.isEmpty else { return }
      let start = self.place(in: other.count)
      bytes.replaceSubrange(range, with: other[start..<min(other.count, start + length())])
    case 7: bytes.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: place)
    case 8, 9: editNumber(&bytes, from: place)
    case 10: editLength(&bytes, at: place)
    case 11...14: editValue(&bytes, from: place)
    case 15: repeatPiece(&bytes, range)
    default: nest(&bytes, at: place)
    }
  }

  /// Half of all places are near the start, where files have their headers.
  private mutating func place(in count: Int) -> Int {
    let limit = Bool.random(using: &generator) ? count : min(count, 1 << Int.random(in: 0...12, using: &generator))
    return Int.random(in: 0..<limit, using: &generator)
  }

  private mutating func length() -> Int {
    Int.random(in: 1...(1 << Int.random(in: 0...9, using: &generator)), using: &generator)
  }

  /// Replaces the next decimal number.
  private mutating func editNumber(_ bytes: inout [UInt8], from place: Int) {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    let piece =
      Bool.random(using: &generator)
      ? Self.pieces.prefix(21).randomElement(using: &generator)
      : Array(String(Int.random(in: 0...600, using: &generator)).utf8)
    bytes.replaceSubrange(start..<end, with: piece ?? [])
  }

  /// Replaces, removes or doubles the next JSON value, with its key where that has one.
  private mutating func editValue(_ bytes: inout [UInt8], from place: Int) {
    let separators = ":,[{".utf8
    guard let before = bytes[place...].firstIndex(where: { separators.contains($0) }) else {
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      return
    }
    let start = bytes[(before + 1)...].firstIndex { $0 > 0x20 } ?? bytes.count
    let end = Self.endOfValue(bytes, from: start)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0 where bytes[before] == UInt8(ascii: ","): bytes.removeSubrange(before..<end)
    case 1 where bytes[before] == UInt8(ascii: ","): bytes.insert(contentsOf: bytes[before..<end], at: before)
    default: bytes.replaceSubrange(start..<end, with: Self.values.randomElement(using: &generator) ?? [])
    }
  }

  /// Where the value, or the key and its value, ends: before the comma or bracket that does not belong to it.
  private static func endOfValue(_ bytes: [UInt8], from start: Int) -> Int {
    var depth = 0
    var isQuoted = false
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if isQuoted {
        if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isQuoted = false }
      } else {
        if byte == UInt8(ascii: "\"") { isQuoted = true }
        if depth == 0, ",]}".utf8.contains(byte) { return index }
        if "[{".utf8.contains(byte) { depth += 1 } else if "]}".utf8.contains(byte) { depth -= 1 }
      }
      index += 1
    }
    return min(index, bytes.count)
  }

  /// Replaces a little-endian number of 4 or 8 bytes: the one at the very start, where lengths of headers are, or one
  /// elsewhere.
  private mutating func editLength(_ bytes: inout [UInt8], at place: Int) {
    let width = Bool.random(using: &generator) ? 4 : 8
    let start = Bool.random(using: &generator) ? 0 : place
    guard bytes.count >= start + width else { return }
    var value = (0..<width).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: value = value &+ UInt64(bitPattern: Int64.random(in: -9...9, using: &generator))
    case 1: value = 1 << UInt64.random(in: 0..<64, using: &generator) &- UInt64.random(in: 0...1, using: &generator)
    default: value = UInt64(bytes.count) &+ UInt64(bitPattern: Int64.random(in: -9...9, using: &generator))
    }
    for index in 0..<width { bytes[start + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }

  /// Repeats a short piece many times: what takes quadratic time shows itself.
  private mutating func repeatPiece(_ bytes: inout [UInt8], _ range: Range<Int>) {
    let piece = Array(bytes[range.prefix(32)])
    let count = min(1 << Int.random(in: 1...14, using: &generator), (1 << 16) / max(piece.count, 1))
    bytes.insert(contentsOf: Array(repeatElement(piece, count: count).joined()), at: range.lowerBound)
  }

  /// Opens many brackets at once, closed again or not.
  private mutating func nest(_ bytes: inout [UInt8], at place: Int) {
    let depth = 1 << Int.random(in: 1...14, using: &generator)
    let (open, close) = [("[", "]"), ("{\"a\":", "}"), ("<b>", "</b>"), ("\"", "\"")][
      Int.random(in: 0..<4, using: &generator)]
    let closing = Bool.random(using: &generator) ? String(repeating: close, count: depth) : ""
    bytes.insert(contentsOf: Array((String(repeating: open, count: depth) + "0" + closing).utf8), at: place)
  }
}
