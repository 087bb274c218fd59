/// White space as a visible mark, the way of SentencePiece: on the way in every space becomes the mark and the text is
/// split before it, on the way out it becomes a space again.
struct Metaspace: Sendable {
  /// Where a mark is put before a text that has none.
  enum Scheme: String, Sendable {
    case always, first, never
  }

  /// The mark, U+2581 as a rule.
  let mark: UInt32
  let scheme: Scheme
  let splits: Bool
  /// The mark in UTF-8.
  let bytes: [UInt8]

  init(mark: UInt32 = 0x2581, scheme: Scheme = .always, splits: Bool = true) {
    self.mark = mark
    self.scheme = scheme
    self.splits = splits
    var bytes: [UInt8] = []
    bytes.appendUTF8(mark)
    self.bytes = bytes
  }

  func split(_ pieces: inout SplitText) {
    pieces.map { $0 == 0x20 ? mark : $0 }
    if scheme != .never {
      pieces.prepend(mark) { text, piece in
        text.scalars[piece.lowerBound] != mark && (scheme == .always || text.starts[piece.lowerBound] == 0)
      }
    }
    if splits { pieces.split(.mergedWithNext) { $0 == mark } }
  }
}
