/// A piece of a file that is embedded, found and shown as one.
public struct Passage: Sendable, Equatable {
  /// The line that holds its first character, counted from 1.
  public let firstLine: Int
  /// The line that holds its last character.
  public let lastLine: Int
  /// The text; invalid UTF-8 of the file is replaced by U+FFFD.
  public let text: String
  /// The name of the record that the passage is from, where the file gives one.
  public let id: String?
  /// The metadata of the record as a JSON text, where the file gives any.
  public let metadata: String?

  /// Where lines of the file begin in the text, by bytes, unless every line end of the text is one of the file.
  let marks: [TextBlock.Mark]

  /// The line of the file that holds a byte of the text.
  public func line(at offset: Int) -> Int {
    if let mark = marks.last(where: { $0.offset <= offset }) { return mark.line }
    return firstLine + text.utf8.prefix(max(0, offset)).lazy.filter { $0 == UInt8(ascii: "\n") }.count
  }

  /// Bytes of its texts.
  var size: Int { text.utf8.count + (metadata?.utf8.count ?? 0) + (id?.utf8.count ?? 0) }

  init(
    firstLine: Int, lastLine: Int, text: String, id: String? = nil, metadata: String? = nil,
    marks: [TextBlock.Mark] = []
  ) {
    self.firstLine = firstLine
    self.lastLine = lastLine
    self.text = text
    self.id = id
    self.metadata = metadata
    self.marks = Self.needed(marks, text, firstLine) ? marks : []
  }

  /// Whether counting line ends would not give the same lines.
  private static func needed(_ marks: [TextBlock.Mark], _ text: String, _ firstLine: Int) -> Bool {
    guard !marks.isEmpty else { return false }
    var rest = marks[...]
    var line = firstLine
    for (offset, byte) in text.utf8.enumerated() {
      while let mark = rest.first, mark.offset <= offset {
        if mark.line != line { return true }
        rest = rest.dropFirst()
      }
      if byte == UInt8(ascii: "\n") {
        line += 1
        // A line end of the text that begins no line of the file, unless a gap between two blocks does.
        if line > marks[marks.count - 1].line { return true }
      }
    }
    return false
  }
}
