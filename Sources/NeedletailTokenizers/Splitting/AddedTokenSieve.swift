/// Tells texts that hold no added token from those that may hold one, a byte at a time.
struct AddedTokenSieve: Sendable {
  /// Which bytes begin a token, and which pairs of bytes do.
  private var first = [Bool](repeating: false, count: 256)
  private var pairs = [Bool](repeating: false, count: 1 << 16)
  private var contents: [[UInt8]] = []

  init(_ contents: [[UInt8]]) {
    for content in contents where !content.isEmpty {
      self.contents.append(content)
      let start = Int(content[0])
      first[start] = true
      if content.count > 1 {
        pairs[start << 8 | Int(content[1])] = true
      } else {
        for second in 0..<256 { pairs[start << 8 | second] = true }
      }
    }
  }

  /// Whether the content of any token stands in a text.
  func finds(in bytes: [UInt8]) -> Bool {
    guard !contents.isEmpty else { return false }
    for index in bytes.indices where first[Int(bytes[index])] {
      let isLast = index + 1 == bytes.count
      guard isLast || pairs[Int(bytes[index]) << 8 | Int(bytes[index + 1])] else { continue }
      if contents.contains(where: { bytes[index...].starts(with: $0) }) { return true }
    }
    return false
  }
}
