import Needletail

extension TokenWriter {
  /// The text, every piece on a ground of its own and special tokens where they are put in; what no token covers stands
  /// plain, and what truncation took away is struck through.
  func colored(_ encoding: Encoding, _ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    func part(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])).shown }
    func mark(_ indices: Range<Int>) -> String {
      indices.map { marked(encoding, $0, encoding.tokens[$0].shown) }.joined()
    }
    let covering = encoding.offsets.indices.filter { !encoding.offsets[$0].isEmpty }
    let isCut = !encoding.overflowing.isEmpty
    guard let first = covering.first, let last = covering.last else {
      let whole = part(0..<scalars.count)
      return mark(encoding.ids.indices) + (isCut ? style.cut(whole) : whole)
    }
    let start = isCut ? encoding.offsets[first].lowerBound : 0
    let end = isCut ? encoding.offsets[last].upperBound : scalars.count
    var output = style.cut(part(0..<start)) + mark(0..<first)
    var position = start
    for index in first...last {
      let range = encoding.offsets[index]
      // Offsets may leave out the white space that a token begins with, or is.
      if position < range.lowerBound, !range.isEmpty {
        output += part(position..<range.lowerBound)
        position = range.lowerBound
      }
      // A token may stand for a part of a character that is shown already, or for nothing of the text.
      output += marked(encoding, index, position < range.upperBound ? part(position..<range.upperBound) : "\u{B7}")
      position = max(position, range.upperBound)
    }
    if position < end { output += part(position..<end) }
    return output + mark((last + 1)..<encoding.ids.count) + style.cut(part(max(position, end)..<scalars.count))
  }
}
