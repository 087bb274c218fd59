/// The passages of one file: neighbouring paragraphs that fit together, or parts of long ones.
///
/// A passage holds at most `target` tokens. Paragraphs are kept whole where they fit, longer ones are cut between
/// sentences (source code between lines), and a sentence that is too long by itself between words.
struct PassageCutter {
  /// What was passed over so far.
  var warnings: [FileSearchError] { reader.warnings }
  /// How many bytes of the file were read.
  var bytesRead: Int { reader.bytesRead }
  private var reader: DocumentReader
  private let target: Int
  private let countTokens: ([String]) -> [Int]
  private var draft = Draft()
  /// Passages that are done; those before `given` have been given.
  private var finished: [Passage] = []
  private var given = 0
  private var isAtEnd = false

  /// Starts at the beginning of a file.
  ///
  /// - Parameters:
  ///   - target: The most tokens of a passage, special ones aside; at least 8.
  ///   - countTokens: The number of tokens of each of some texts, special ones aside.
  init(_ reader: DocumentReader, target: Int, countTokens: @escaping ([String]) -> [Int]) {
    self.reader = reader
    self.target = target
    self.countTokens = countTokens
  }

  /// The next passage, or `nil` at the end of the file.
  mutating func next() throws(FileSearchError) -> Passage? {
    while given == finished.count {
      finished.removeAll(keepingCapacity: true)
      given = 0
      if isAtEnd { return nil }
      try readOn()
    }
    defer { given += 1 }
    return finished[given]
  }

  // MARK: Reading

  /// A sentence or a line of a block.
  private struct Unit {
    let range: Range<Int>
    var tokens = 0
  }

  /// Reads some blocks, so that their tokens are counted in one go.
  private mutating func readOn() throws(FileSearchError) {
    var blocks: [(block: TextBlock, units: [Unit])] = []
    var size = 0
    while size < 1 << 15 {
      guard let block = try reader.next() else {
        isAtEnd = true
        break
      }
      size += block.text.count
      blocks.append((block, units(of: block)))
    }
    let texts = blocks.flatMap { block, units in units.map { String(decoding: block.text[$0.range], as: UTF8.self) } }
    var counts = countTokens(texts)[...]
    for (block, units) in blocks {
      var counted: [Unit] = []
      for unit in units { counted += fitting(unit, counts.popFirst() ?? 0, in: block) }
      place(block, counted)
    }
    if isAtEnd { finish() }
  }

  private func units(of block: TextBlock) -> [Unit] {
    let ranges = block.isCode ? Self.lines(block) : SentenceSplitter.sentences(block.text)
    // A word of thousands of letters may be one token; it is cut all the same.
    return ranges.flatMap { range in
      range.count <= target * 16 ? [Unit(range: range)] : Self.cut(range, of: block.text, size: target * 12)
    }
  }

  private static func lines(_ block: TextBlock) -> [Range<Int>] {
    block.marks.indices.map { index in
      let end = index + 1 < block.marks.count ? block.marks[index + 1].offset - 1 : block.text.count
      return block.marks[index].offset..<end
    }.filter { !$0.isEmpty }
  }

  /// The unit itself if it fits, else parts of it that do.
  private func fitting(_ unit: Unit, _ tokens: Int, in block: TextBlock) -> [Unit] {
    if tokens <= target || unit.range.count <= 8 { return [Unit(range: unit.range, tokens: tokens)] }
    let parts = tokens / target + 1
    let cut = Self.cut(unit.range, of: block.text, size: max(8, unit.range.count / parts))
    let counts = countTokens(cut.map { String(decoding: block.text[$0.range], as: UTF8.self) })
    return zip(cut, counts).flatMap { fitting($0, $1, in: block) }
  }

  /// Cuts a range between words, or between characters where there are none, into parts of at most `size` bytes.
  private static func cut(_ range: Range<Int>, of text: [UInt8], size: Int) -> [Unit] {
    var units: [Unit] = []
    var start = range.lowerBound
    while start < range.upperBound {
      var end = min(start + size, range.upperBound)
      if end < range.upperBound {
        if let space = text[(start + size / 2)..<end].lastIndex(where: { $0 <= 0x20 }) {
          end = space
        } else {
          let limit = end
          while end > limit - 4, end > start + 1, text[end] & 0xC0 == 0x80 { end -= 1 }
        }
      }
      units.append(Unit(range: start..<end))
      start = end
      while start < range.upperBound, text[start] <= 0x20 { start += 1 }
    }
    return units
  }

  // MARK: Putting together

  /// The passage that is being put together.
  private struct Draft {
    var text: [UInt8] = []
    var tokens = 0
    var firstLine = 0
    var lastLine = 0
    var marks: [TextBlock.Mark] = []
    var id: String?
    var metadata: String?

    /// Adds part of a block; `gap` is what stood before it in the block.
    mutating func append(_ range: Range<Int>, of block: TextBlock, gap: ArraySlice<UInt8>) {
      if text.isEmpty { firstLine = block.line(at: range.lowerBound) } else { text += gap }
      marks += block.marks(in: range, at: text.count)
      text += block.text[range]
      lastLine = block.line(at: range.upperBound - 1)
      id = block.id
      metadata = block.metadata
    }
  }

  private mutating func place(_ block: TextBlock, _ units: [Unit]) {
    let total = units.reduce(0) { $0 + $1.tokens }
    let isOver = draft.tokens + total > target && (total <= target || draft.tokens >= target / 2)
    if block.isRecord || isOver || block.startsSection && draft.tokens >= target / 4 { finish() }
    var end: Int?
    for unit in units {
      let isFull = draft.tokens + unit.tokens > target || draft.text.count + unit.range.count > target * 24
      if isFull { finish() }
      let gap = end.map { block.text[$0..<unit.range.lowerBound] } ?? Array("\n\n".utf8)[...]
      draft.append(unit.range, of: block, gap: gap)
      draft.tokens += unit.tokens
      end = unit.range.upperBound
    }
    if block.isRecord { finish() }
  }

  private mutating func finish() {
    guard !draft.text.isEmpty else { return }
    let text = String(decoding: draft.text, as: UTF8.self)
    // Where bytes were replaced, the marks are no longer in their places.
    let marks = text.utf8.count == draft.text.count ? draft.marks : []
    finished.append(
      Passage(
        firstLine: draft.firstLine, lastLine: draft.lastLine, text: text, id: draft.id, metadata: draft.metadata,
        marks: marks))
    draft = Draft()
  }
}
