/// Paragraphs between blank lines: plain text, Markdown, reStructuredText and source code.
struct ParagraphReader: BlockReader {
  var warnings: [FileSearchError] { [] }
  private var lines: LineReader
  private let kind: FileKind
  /// The first line of the next paragraph, where one has been read already.
  private var pending: Line?
  /// A paragraph without an end is cut so that memory stays small.
  private static let maximumSize = 1 << 16

  init(_ lines: LineReader, kind: FileKind) {
    self.lines = lines
    self.kind = kind
  }

  mutating func next() throws(FileSearchError) -> TextBlock? {
    var block = TextBlock()
    block.isCode = kind == .code
    while let line = try nextLine() {
      if line.bytes.allSatisfy(Self.isSpace) {
        if block.text.isEmpty { continue }
        break
      }
      let isHeading = kind == .markup && Self.isHeading(line.bytes)
      if block.text.isEmpty {
        block.startsSection = isHeading || kind == .code && Self.isDefinition(line.bytes)
      } else if isHeading || block.text.count + line.bytes.count > Self.maximumSize {
        pending = line
        break
      }
      block.append(line: line.bytes, number: line.number)
      if isHeading { break }
    }
    if kind == .markup, !block.startsSection { block.startsSection = Self.isUnderlined(block) }
    return block.text.isEmpty ? nil : block
  }

  private mutating func nextLine() throws(FileSearchError) -> Line? {
    guard let line = pending else { return try lines.next() }
    pending = nil
    return line
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// `# Heading`.
  private static func isHeading(_ line: ArraySlice<UInt8>) -> Bool {
    let marks = line.prefix { $0 == UInt8(ascii: "#") }
    return (1...6).contains(marks.count) && line.dropFirst(marks.count).first == 0x20
  }

  /// A line and below it a line of one and the same sign.
  private static func isUnderlined(_ block: TextBlock) -> Bool {
    guard block.marks.count >= 2 else { return false }
    let end = block.marks.count > 2 ? block.marks[2].offset - 1 : block.text.count
    let underline = block.text[block.marks[1].offset..<end]
    guard underline.count >= 3, let sign = underline.first, "=-~^\"'`#*+".utf8.contains(sign) else { return false }
    return underline.allSatisfy { $0 == sign }
  }

  /// Something that begins at the margin and does not close what came before.
  private static func isDefinition(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first, !isSpace(first) else { return false }
    return !")]}#/*;\"".utf8.contains(first) || line.starts(with: "///".utf8) || line.starts(with: "/**".utf8)
  }
}
