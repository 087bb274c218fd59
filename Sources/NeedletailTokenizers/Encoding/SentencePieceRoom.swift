/// The scalars of the original text that something stands for.
struct ScalarPlace {
  var start: Int32
  var end: Int32
}

/// The room that a ``SentencePieceScanner`` needs, kept between texts.
struct SentencePieceRoom {
  /// What normalization made of the section, and what each byte stands for.
  var normalized: [UInt8] = []
  var normalizedPlaces: [ScalarPlace] = []
  /// The piece, and what each byte stands for.
  var lattice = UnigramLattice()
  var places: [ScalarPlace] = []
  /// Scalars of a stretch that clusters have to be found in.
  var scalars: [UInt32] = []
  var buffer = MergeBuffer()
  var character: [UInt8] = []
  /// How many words came before.
  var word = 0
  /// Whether the word has begun in a piece before this one.
  var isCut = false

  mutating func clearPiece() {
    lattice.bytes.removeAll(keepingCapacity: lattice.bytes.count < 1 << 20)
    places.removeAll(keepingCapacity: places.count < 1 << 20)
    isCut = false
  }

  /// Adds a mark that stands for what a byte of the normalized text stands for.
  @inline(__always)
  mutating func addMark<Sink: TokenSink>(at index: Int, _: Sink.Type) {
    lattice.bytes.append(0xE2)
    lattice.bytes.append(0x96)
    lattice.bytes.append(0x81)
    if Sink.keepsPlaces {
      let place = normalizedPlaces[index]
      places.append(place)
      places.append(place)
      places.append(place)
    }
  }
}

extension [ScalarPlace] {
  /// The scalars of the original that a range of bytes stands for.
  @inline(__always)
  func original(_ range: Range<Int>) -> Range<Int> {
    let start = Int(self[range.lowerBound].start)
    return start..<Swift.max(start, Int(self[range.upperBound - 1].end))
  }

  /// Adds the places of well-formed UTF-8 that stands for itself.
  mutating func append(scalarsOf bytes: [UInt8], _ range: Range<Int>, from first: Int32) {
    var place = first - 1
    for index in range {
      if bytes[index] & 0xC0 != 0x80 { place += 1 }
      append(ScalarPlace(start: place, end: place + 1))
    }
  }
}

extension [UInt8] {
  /// How many scalars begin in a range.
  func scalarCount(_ range: Range<Int>) -> Int32 {
    var count: Int32 = 0
    for index in range where self[index] & 0xC0 != 0x80 { count += 1 }
    return count
  }
}

extension CharacterMap {
  /// Rewrites a range of well-formed UTF-8 into `room.normalized`, as ``apply(to:)`` rewrites scalars.
  func rewrite<Sink: TokenSink>(
    _ bytes: [UInt8], _ range: Range<Int>, firstScalar: Int32, _ room: inout SentencePieceRoom, _: Sink.Type
  ) {
    var writer = RuleWriter(source: firstScalar)
    let end = range.upperBound
    var index = range.lowerBound
    while index < end {
      // What no rule touches is copied.
      while index < end, isPlain(bytes, index, end) {
        room.normalized.append(bytes[index])
        if Sink.keepsPlaces { room.normalizedPlaces.append(writer.kept()) }
        index += 1
      }
      guard index < end else { break }
      // Clusters end before an ASCII character, but for a line feed and after what joins to the right.
      room.scalars.removeAll(keepingCapacity: true)
      while index < end {
        let (scalar, length) = bytes.scalar(at: index)
        room.scalars.append(scalar)
        index += length
        if length == 1, scalar != 0x0D, index == end || bytes[index] < 0x80 { break }
      }
      appendRewritten(&room, &writer, Sink.self)
    }
  }

  /// Appends what ``apply(to:)`` would make of whole clusters.
  private func appendRewritten<Sink: TokenSink>(
    _ room: inout SentencePieceRoom, _ writer: inout RuleWriter, _: Sink.Type
  ) {
    var index = 0
    while index < room.scalars.count {
      let end = GraphemeClusters.end(of: room.scalars, from: index)
      if let start = rule(room.scalars, index..<end) {
        replace(end - index, byText: start, &room, &writer, Sink.self)
      } else {
        for position in index..<end {
          if end - index > 1, let start = rule(room.scalars, position..<(position + 1)) {
            replace(1, byText: start, &room, &writer, Sink.self)
          } else {
            room.normalized.appendUTF8(room.scalars[position])
            if Sink.keepsPlaces { writer.keep(&room) }
          }
        }
      }
      index = end
    }
  }

  private func replace<Sink: TokenSink>(
    _ old: Int, byText start: Int, _ room: inout SentencePieceRoom, _ writer: inout RuleWriter, _: Sink.Type
  ) {
    let before = room.normalized.count
    forEachByte(ofText: start) { room.normalized.append($0) }
    if Sink.keepsPlaces { writer.replace(old, from: before, &room) }
  }

  @inline(__always)
  private func isPlain(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Bool {
    let byte = bytes[index]
    guard byte < 0x80, byte != 0x0D, keeps(ascii: UInt32(byte)) else { return false }
    return index + 1 == end || bytes[index + 1] < 0x80
  }
}

/// Follows which scalar of the original each written one stands for, as ``NormalizedText/transform(_:removingFirst:)``
/// counts: a new scalar stands beside its left neighbour, one that is missing is taken by the last one written.
private struct RuleWriter {
  /// The next scalar of the original.
  var source: Int32
  /// Where the last scalar that was written starts, −1 where there is none, and whether it is a new one.
  private var last = -1
  private var isNew = false

  init(source: Int32) { self.source = source }

  /// The place of one ASCII character that is kept.
  @inline(__always)
  mutating func kept() -> ScalarPlace {
    source += 1
    last = -2
    isNew = false
    return ScalarPlace(start: source - 1, end: source)
  }

  /// Says that the bytes without a place are one scalar that is kept.
  mutating func keep(_ room: inout SentencePieceRoom) {
    last = room.normalizedPlaces.count
    isNew = false
    while room.normalizedPlaces.count < room.normalized.count {
      room.normalizedPlaces.append(ScalarPlace(start: source, end: source + 1))
    }
    source += 1
  }

  /// Says that the bytes from `before` on replace `old` scalars.
  mutating func replace(_ old: Int, from before: Int, _ room: inout SentencePieceRoom) {
    var written = 0
    var index = before
    let count = Int(room.normalized.scalarCount(before..<room.normalized.count))
    while index < room.normalized.count {
      let length = room.normalized.scalar(at: index).1
      isNew = written >= old
      let place = isNew ? source - 1 : source
      if !isNew { source += 1 }
      last = index
      for _ in 0..<length { room.normalizedPlaces.append(ScalarPlace(start: place, end: place + 1)) }
      index += length
      written += 1
    }
    guard count < old, last != -1 else { return }
    if isNew, last >= 0 {
      // It counts as one that replaces now, at the place after the one that it was new beside.
      for index in last..<room.normalizedPlaces.count {
        room.normalizedPlaces[index] = ScalarPlace(start: source, end: source + 1)
      }
      isNew = false
    }
    source += Int32(truncatingIfNeeded: old - count)
  }
}
