/// A text compared byte by byte, as JSON compares keys; Swift's own `==` also equates composed and decomposed letters.
///
/// The order is that of the UTF-8 bytes, which is that of the Unicode scalars.
struct ExactText: Sendable, Hashable, Comparable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (lhs: ExactText, rhs: ExactText) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }
  static func < (lhs: ExactText, rhs: ExactText) -> Bool {
    lhs.text.utf8.lexicographicallyPrecedes(rhs.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    // Eight bytes at a time, as a step of the hasher costs more than one of this loop.
    var (word, length) = (UInt64(0), UInt64(0))
    for byte in text.utf8 {
      word = word << 8 | UInt64(byte)
      length += 1
      if length % 8 == 0 { hasher.combine(word) }
    }
    hasher.combine(word)
    hasher.combine(length)
  }

  func hasPrefix(_ prefix: ExactText) -> Bool { text.utf8.starts(with: prefix.text.utf8) }
}
