/// The fourth stage: which special tokens stand around one text or a pair, and the segment of each part.
struct PostProcessor: Sendable {
  /// A special token of a template: usually one id.
  struct Special: Sendable {
    var ids: [Int32]
    var tokens: [String]
  }

  /// A part of the result.
  enum Piece: Sendable {
    case special(Special, typeID: Int32)
    /// The first text (0) or the second (1); overflowing parts may have a segment of their own.
    case sequence(Int, typeID: Int32, overflowTypeID: Int32)
  }

  /// How offsets lose the white space at a token's ends.
  struct Trimming: Sendable {
    var addsPrefixSpace: Bool
    /// For each text of a pair, whether a special token stands before it when this is done; the text's first token is
    /// then not the first one.
    var followsSpecial = [false, false]
  }

  /// Whether the second text of a pair has a closing token of its own before it, as RoBERTa's has.
  private(set) var separatesPairTwice = false
  private var single: [Piece]
  private var pair: [Piece]
  private var bareSingle: [Piece]
  private var barePair: [Piece]
  /// Done one after another to the offsets of each text before special tokens are put around it.
  private(set) var trimmings: [Trimming]

  /// A token at the end that is not put behind a text which ends with it already.
  var closing: Int32?

  /// No special tokens at all.
  init(trimming: Trimming? = nil) {
    single = [.sequence(0, typeID: 0, overflowTypeID: 0)]
    pair = single + [.sequence(1, typeID: 1, overflowTypeID: 1)]
    bareSingle = single
    barePair = pair
    trimmings = trimming.map { [$0] } ?? []
  }

  /// Pieces as a template lists them.
  init(single: [Piece], pair: [Piece]) {
    func isSequence(_ piece: Piece) -> Bool { if case .sequence = piece { true } else { false } }
    self.single = single
    self.pair = pair
    bareSingle = single.filter(isSequence)
    barePair = pair.filter(isSequence)
    trimmings = []
  }

  /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`.
  static func bert(opening: Special, closing: Special) -> PostProcessor {
    let first: [Piece] = [
      .special(opening, typeID: 0), .sequence(0, typeID: 0, overflowTypeID: 0), .special(closing, typeID: 0),
    ]
    return PostProcessor(
      single: first, pair: first + [.sequence(1, typeID: 1, overflowTypeID: 1), .special(closing, typeID: 1)])
  }

  /// `<s> A </s>` and `<s> A </s></s> B </s>`, all in segment 0.
  static func roberta(opening: Special, closing: Special, trimming: Trimming?) -> PostProcessor {
    let opening = Piece.special(opening, typeID: 0)
    let closing = Piece.special(closing, typeID: 0)
    let first = Piece.sequence(0, typeID: 0, overflowTypeID: 0)
    let single = [opening, first, closing]
    let pair = single + [closing, .sequence(1, typeID: 0, overflowTypeID: 0), closing]
    return PostProcessor(
      single: single, pair: pair, bareSingle: [first],
      barePair: [first, .sequence(1, typeID: 0, overflowTypeID: 1)], trimming: trimming)
  }

  private init(single: [Piece], pair: [Piece], bareSingle: [Piece], barePair: [Piece], trimming: Trimming?) {
    self.single = single
    self.pair = pair
    self.bareSingle = bareSingle
    self.barePair = barePair
    separatesPairTwice = true
    trimmings = trimming.map { [$0] } ?? []
  }

  /// The same with other trimming.
  func trimming(by trimmings: [Trimming]) -> PostProcessor {
    var result = self
    result.trimmings = trimmings
    return result
  }

  /// How many ids of a part are kept: all, or all but the last where that is going to be added again.
  func kept(_ ids: ArraySlice<Int32>, addsSpecialTokens: Bool) -> Int {
    guard addsSpecialTokens, let closing, ids.last == closing else { return ids.count }
    return ids.count - 1
  }

  /// The parts of the result, in order.
  func pieces(isPair: Bool, addsSpecialTokens: Bool) -> [Piece] {
    addsSpecialTokens ? (isPair ? pair : single) : (isPair ? barePair : bareSingle)
  }

  /// How many special tokens there are among these parts.
  static func specialCount(_ pieces: [Piece]) -> Int {
    pieces.reduce(0) { count, piece in
      if case .special(let special, _) = piece { count + special.ids.count } else { count }
    }
  }

  /// Every id that any part can add.
  var specialIDs: [Int32] {
    (single + pair).flatMap { piece -> [Int32] in if case .special(let special, _) = piece { special.ids } else { [] } }
  }

  /// Takes the white space at the ends of tokens out of their offsets.
  ///
  /// - Parameters:
  ///   - tokens: The tokens of one part of a text.
  ///   - offsets: As many offsets and more.
  ///   - first: Where those of the tokens begin.
  ///   - text: Which text of a pair it is; `nil` where no special tokens are added.
  func trim(_ tokens: ArraySlice<String>, _ offsets: inout [Range<Int>], from first: Int, text: Int?) {
    for trimming in trimmings {
      let isLater = text.map { trimming.followsSpecial[$0] } ?? false
      for (index, token) in tokens.enumerated() {
        offsets[first + index] = trimming.trimmed(offsets[first + index], of: token, isFirst: index == 0 && !isLater)
      }
    }
  }
}

extension PostProcessor.Trimming {
  /// How many characters of white space a token begins and ends with; U+0120 stands for a space.
  private static func spaces(around token: String) -> (leading: Int, trailing: Int) {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "\u{120}" || ScalarProperties(scalar.value).isWhitespace
    }
    if let quick = unsafe token.utf8.withContiguousStorageIfAvailable({ unsafe quickSpaces(around: $0) }), let quick {
      return quick
    }
    return (
      token.unicodeScalars.prefix(while: isSpace).count, token.unicodeScalars.reversed().prefix(while: isSpace).count
    )
  }

  /// The same for tokens without white space, or with one U+0120 at the start, as nearly all are; `nil` where a closer
  /// look is needed.
  ///
  /// Reads at most the first four and the last two bytes of the buffer, and none beyond its count.
  private static func quickSpaces(around bytes: UnsafeBufferPointer<UInt8>) -> (leading: Int, trailing: Int)? {
    /// Whether the character that begins with these bytes is surely no white space: visible ASCII, or of two bytes and
    /// none of U+0085, U+00A0 and U+0120.
    func isSolid(_ first: UInt8, _ second: UInt8) -> Bool {
      if first < 0x80 { return (0x21...0x7E).contains(first) }
      guard (0xC2...0xDF).contains(first) else { return false }
      return second != 0xA0 && second != 0x85
    }
    let count = bytes.count
    guard count > 0 else { return (0, 0) }
    let last = unsafe bytes[count - 1]
    if last >= 0x80 {
      guard count > 1, unsafe isSolid(bytes[count - 2], last), unsafe bytes[count - 2] >= 0xC2 else { return nil }
    } else if !isSolid(last, 0) {
      return nil
    }
    let first = unsafe bytes[0]
    let second = count > 1 ? unsafe bytes[1] : 0
    if isSolid(first, second) { return (0, 0) }
    guard first == 0xC4, second == 0xA0, count > 2 else { return nil }
    return unsafe isSolid(bytes[2], count > 3 ? bytes[3] : 0) ? (1, 0) : nil
  }

  fileprivate func trimmed(_ offsets: Range<Int>, of token: String, isFirst: Bool) -> Range<Int> {
    var (leading, trailing) = Self.spaces(around: token)
    if leading == 0, trailing == 0 { return offsets }
    var (start, end) = (offsets.lowerBound, offsets.upperBound)
    if leading > 0 {
      // More than one were in the text already.
      if addsPrefixSpace, isFirst || start == 0, leading == 1 { leading = 0 }
      start = min(start + leading, end)
    }
    if trailing > 0, end >= trailing { end = max(end - trailing, start) }
    return start..<end
  }
}
