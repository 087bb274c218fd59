/// A run of text that belongs together: a paragraph, a definition, a row of a table.
struct TextBlock: Equatable {
  /// A place where a new line of the file begins.
  struct Mark: Sendable, Equatable {
    /// Where in `text`.
    let offset: Int
    /// The line's number, counted from 1.
    let line: Int
  }

  /// UTF-8 as far as the file is.
  var text: [UInt8] = []
  /// Ascending; the first offset is 0.
  var marks: [Mark] = []
  /// Whether a new passage had better begin here: a heading, a definition.
  var startsSection = false
  /// Whether the block stands for itself: a record, which shares no passage with its neighbours.
  var isRecord = false
  /// Whether lines are what the block consists of, rather than sentences.
  var isCode = false
  /// The record's name, where it has one.
  var id: String?
  /// The record's metadata as JSON, where it has any.
  var metadata: String?

  /// Adds a line with a line feed before it, except at the start.
  mutating func append(line bytes: ArraySlice<UInt8>, number: Int) {
    if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
    marks.append(Mark(offset: text.count, line: number))
    text += bytes
  }

  /// The places of a part of the text where lines begin, as they are after the part was put at `place`; its start is one.
  func marks(in range: Range<Int>, at place: Int) -> [Mark] {
    let inside = marks[firstMark(after: range.lowerBound)...].prefix { $0.offset < range.upperBound }
    let first = Mark(offset: place, line: line(at: range.lowerBound))
    return [first] + inside.map { Mark(offset: $0.offset - range.lowerBound + place, line: $0.line) }
  }

  /// The line that holds the byte at `offset`.
  func line(at offset: Int) -> Int {
    let next = firstMark(after: offset)
    return next > 0 ? marks[next - 1].line : 1
  }

  private func firstMark(after offset: Int) -> Int {
    var (low, high) = (0, marks.count)
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// What cuts a file of one kind into blocks, one after the other.
protocol BlockReader {
  /// The next block, or `nil` at the end of the file.
  mutating func next() throws(FileSearchError) -> TextBlock?
  /// What was passed over so far.
  var warnings: [FileSearchError] { get }
}
