internal import NeedletailEmbedding

/// The records of a table whose cells are apart by commas or tabs (RFC 4180), one at a time.
///
/// A cell between quotation marks may hold separators, line ends and, written twice, quotation marks.
struct TableRecords {
  /// The line where the record that was given last begins, counted from 1.
  private(set) var line = 0
  private let lines: LineSource
  private let separator: UInt8
  private var linesRead = 0
  /// The longest record, bytes.
  private static let maximumRecord = 64 << 20

  init(_ lines: LineSource, separator: UInt8) {
    (self.lines, self.separator) = (lines, separator)
  }

  /// The cells of the next record that is not blank, or `nil` at the end.
  ///
  /// - Throws: `RowMembers.Fault`; what the lines throw.
  mutating func next() throws -> [[UInt8]]? {
    var parser = CellParser(separator: separator)
    while let bytes = try lines.next(keepingEnd: true) {
      linesRead += 1
      if parser.isBetweenRecords {
        if bytes.allSatisfy({ $0 == 0x0A || $0 == 0x0D }) { continue }
        line = linesRead
        // A byte order mark is no part of the first name.
        let hasMark = linesRead == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF])
        try parser.read(hasMark ? bytes.dropFirst(3) : bytes)
      } else {
        try parser.read(bytes)
      }
      if let cells = parser.finished() { return cells }
      guard parser.size <= Self.maximumRecord else {
        throw RowMembers.Fault("the record is longer than \(Self.maximumRecord >> 20) MB; is a quotation mark missing?")
      }
    }
    guard parser.isBetweenRecords else { throw RowMembers.Fault("a quotation mark opens a cell that never ends") }
    return nil
  }
}

/// Cuts a record into cells, line by line.
private struct CellParser {
  private enum Place { case cellStart, plain, quoted, quoteInQuoted }

  private let separator: UInt8
  private var place = Place.cellStart
  private var cells: [[UInt8]] = []
  private var cell: [UInt8] = []
  /// Bytes of the record so far.
  private(set) var size = 0

  init(separator: UInt8) { self.separator = separator }

  var isBetweenRecords: Bool { size == 0 }

  /// Reads a line with its end.
  mutating func read(_ line: ArraySlice<UInt8>) throws(RowMembers.Fault) {
    let quote = UInt8(ascii: "\"")
    size += line.count
    var bytes = line
    // Outside of quotes the line's end is none of the cell's.
    var end: ArraySlice<UInt8> = []
    if bytes.last == 0x0A { end = bytes.suffix(bytes.dropLast().last == 0x0D ? 2 : 1) }
    bytes.removeLast(end.count)
    for byte in bytes {
      switch place {
      case .cellStart where byte == quote: place = .quoted
      case .cellStart, .plain:
        if byte == separator { endCell() } else { cell.append(byte); place = .plain }
      case .quoted: if byte == quote { place = .quoteInQuoted } else { cell.append(byte) }
      case .quoteInQuoted:
        if byte == quote {
          cell.append(quote)
          place = .quoted
        } else if byte == separator {
          endCell()
        } else {
          throw RowMembers.Fault("something stands after the quotation mark that ends a cell")
        }
      }
    }
    if place == .quoted { cell += end }
  }

  /// The cells, if the record ends with the line that was read last.
  mutating func finished() -> [[UInt8]]? {
    guard place != .quoted else { return nil }
    endCell()
    return cells
  }

  private mutating func endCell() {
    cells.append(cell)
    cell = []
    place = .cellStart
  }
}
