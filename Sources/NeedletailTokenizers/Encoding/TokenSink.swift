/// Where a scanner puts what it reads.
protocol TokenSink {
  /// Whether anything but ids is kept.
  static var keepsPlaces: Bool { get }
  /// How many tokens there are.
  var count: Int { get }
  var ids: [Int32] { get set }

  /// Adds a token.
  mutating func add(
    _ id: Int32, _ token: @autoclosure () -> String, _ offsets: @autoclosure () -> Range<Int>, word: Int)
  /// Adds an added token as it stands in the text; returns the scalar after it.
  mutating func append(added id: Int32, _ bytes: [UInt8], place: Int32, word: Int) -> Int32
  /// Says what the ids from `first` on, which make up one word, stand for.
  mutating func finish(_ word: borrowing WordBuffer, _ model: WordPiece, from first: Int)
}

/// Ids alone.
struct TokenList: TokenSink {
  static var keepsPlaces: Bool { false }
  var ids: [Int32]
  @inline(__always) var count: Int { ids.count }

  @inline(__always)
  mutating func add(
    _ id: Int32, _ token: @autoclosure () -> String, _ offsets: @autoclosure () -> Range<Int>, word: Int
  ) { ids.append(id) }

  @inline(__always)
  mutating func append(added id: Int32, _ bytes: [UInt8], place: Int32, word: Int) -> Int32 {
    ids.append(id)
    return place
  }

  @inline(__always)
  mutating func finish(_ word: borrowing WordBuffer, _ model: WordPiece, from first: Int) {}
}

extension SequenceTokens: TokenSink {
  static var keepsPlaces: Bool { true }
  @inline(__always) var count: Int { ids.count }

  @inline(__always)
  mutating func add(
    _ id: Int32, _ token: @autoclosure () -> String, _ offsets: @autoclosure () -> Range<Int>, word: Int
  ) { append(id, token(), offsets(), word: word) }

  mutating func append(added id: Int32, _ bytes: [UInt8], place: Int32, word: Int) -> Int32 {
    let end = place + Int32(truncatingIfNeeded: bytes.count { $0 & 0xC0 != 0x80 })
    append(id, String(decoding: bytes, as: UTF8.self), Int(place)..<Int(end), word: word)
    return end
  }

  mutating func finish(_ word: borrowing WordBuffer, _ model: WordPiece, from first: Int) {
    let count = ids.count - first
    if count == 1 {
      tokens.append(model.vocabulary.name(ids[first]))
      offsets.append(word.whole)
      words.append(word.number)
      return
    }
    var start = 0
    for index in first..<ids.count {
      let length = model.vocabulary.length(ids[index]) - (index > first ? model.prefix.count : 0)
      tokens.append(model.vocabulary.name(ids[index]))
      offsets.append(word.range(start..<(start + length)))
      words.append(word.number)
      start += length
    }
  }
}

/// Ids alone, read in the way that follows places.
struct PlacedTokenList: TokenSink {
  static var keepsPlaces: Bool { true }
  var ids: [Int32]
  @inline(__always) var count: Int { ids.count }

  @inline(__always)
  mutating func add(
    _ id: Int32, _ token: @autoclosure () -> String, _ offsets: @autoclosure () -> Range<Int>, word: Int
  ) { ids.append(id) }

  mutating func append(added id: Int32, _ bytes: [UInt8], place: Int32, word: Int) -> Int32 {
    ids.append(id)
    return place
  }

  mutating func finish(_ word: borrowing WordBuffer, _ model: WordPiece, from first: Int) {}
}
