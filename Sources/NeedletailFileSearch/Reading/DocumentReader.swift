/// The blocks of one file, whatever its kind.
struct DocumentReader {
  /// Whether the file was passed over because it is no text.
  let isBinary: Bool
  private var reader: any BlockReader
  private let source: ByteSource
  /// The longest line that is taken whole where a format needs it whole.
  private static let longestRecord = 64 << 20
  /// Longer lines of running text are read piece by piece.
  private static let longestPiece = 1 << 16

  /// Starts to read.
  ///
  /// - Parameter skippingBinary: Whether a file with NUL bytes near its start gives nothing.
  init(_ source: ByteSource, kind: FileKind, skippingBinary: Bool) throws(FileSearchError) {
    self.source = source
    let takesWholeLines = kind == .jsonLines || kind == .commaTable || kind == .tabTable
    var lines = LineReader(TextStream(source), limit: takesWholeLines ? Self.longestRecord : Self.longestPiece)
    isBinary = skippingBinary ? try lines.looksBinary() : false
    switch kind {
    case .prose, .markup, .code: reader = ParagraphReader(lines, kind: kind)
    case .html: reader = HTMLReader(lines)
    case .jsonLines: reader = JSONLinesReader(lines)
    case .commaTable, .tabTable: reader = TableReader(lines, kind: kind)
    }
  }

  /// How many bytes of the file were read.
  var bytesRead: Int { source.bytesRead }

  /// What was passed over so far.
  var warnings: [FileSearchError] { reader.warnings }

  /// The next block, or `nil` at the end.
  mutating func next() throws(FileSearchError) -> TextBlock? { isBinary ? nil : try reader.next() }
}
