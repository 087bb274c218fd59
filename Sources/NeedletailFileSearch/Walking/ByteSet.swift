/// A set of bytes: the `[…]` of a shell pattern.
struct ByteSet: Sendable, Equatable {
  private var words = SIMD4<UInt64>()

  func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

  mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

  /// Reads a class whose opening bracket is at `open`.
  ///
  /// - Returns: The set and the position after the closing bracket; `nil` where the class does not end or names a kind
  ///   of byte that does not exist.
  static func parse(_ pattern: [UInt8], after open: Int) -> (set: ByteSet, end: Int)? {
    var set = ByteSet()
    var position = open + 1
    func byte(_ offset: Int = 0) -> UInt8? {
      position + offset < pattern.count ? pattern[position + offset] : nil
    }
    let isNegated = byte() == UInt8(ascii: "!") || byte() == UInt8(ascii: "^")
    if isNegated { position += 1 }
    var previous: UInt8?
    var isFirst = true
    while isFirst || byte() != UInt8(ascii: "]") {
      isFirst = false
      guard var current = byte() else { return nil }
      if current == UInt8(ascii: "-"), let low = previous, let next = byte(1), next != UInt8(ascii: "]") {
        position += 1
        var high = next
        if high == UInt8(ascii: "\\") {
          position += 1
          guard let escaped = byte() else { return nil }
          high = escaped
        }
        if low <= high { for member in low...high { set.insert(member) } }
        previous = nil
      } else if current == UInt8(ascii: "["), byte(1) == UInt8(ascii: ":") {
        guard let close = pattern[(position + 2)...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
        if close > position + 2, pattern[close - 1] == UInt8(ascii: ":") {
          let name = String(decoding: pattern[(position + 2)..<(close - 1)], as: UTF8.self)
          guard let members = members(name) else { return nil }
          for member in UInt8.min...UInt8.max where members(member) { set.insert(member) }
          position = close
          previous = nil
        } else {
          set.insert(current)
          previous = current
        }
      } else {
        if current == UInt8(ascii: "\\") {
          position += 1
          guard let escaped = byte() else { return nil }
          current = escaped
        }
        set.insert(current)
        previous = current
      }
      position += 1
    }
    if isNegated { set.words = ~set.words }
    return (set, position + 1)
  }

  /// The kinds of bytes that POSIX names, in the C locale.
  private static func members(_ name: String) -> ((UInt8) -> Bool)? {
    let lower: @Sendable (UInt8) -> Bool = { (0x61...0x7A).contains($0) }
    let upper: @Sendable (UInt8) -> Bool = { (0x41...0x5A).contains($0) }
    let digit: @Sendable (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    let graph: @Sendable (UInt8) -> Bool = { (0x21...0x7E).contains($0) }
    switch name {
    case "lower": return lower
    case "upper": return upper
    case "digit": return digit
    case "alpha": return { lower($0) || upper($0) }
    case "alnum": return { lower($0) || upper($0) || digit($0) }
    case "blank": return { $0 == 0x20 || $0 == 0x09 }
    case "space": return { $0 == 0x20 || (0x09...0x0D).contains($0) }
    case "cntrl": return { $0 < 0x20 || $0 == 0x7F }
    case "graph": return graph
    case "print": return { graph($0) || $0 == 0x20 }
    case "punct": return { graph($0) && !lower($0) && !upper($0) && !digit($0) }
    case "xdigit": return { digit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) }
    default: return nil
    }
  }
}
