/// The rows of a table with commas (RFC 4180) or tabs, each a block of the cells that hold words.
///
/// A first row in which every cell holds a letter names the columns. A column named `id` or `_id` names the rows; where
/// there is a column `text`, only it and `title` are searched.
struct TableReader: BlockReader {
  private(set) var warnings: [FileSearchError] = []
  private var lines: LineReader
  private let separator: UInt8
  /// Lines that were read ahead and not used, the next at the end.
  private var pending: [(number: Int, bytes: [UInt8])] = []
  private var columns: [String]?
  /// A quoted cell that does not end within this many bytes has a quotation mark too many.
  private static let maximumQuoted = 1 << 20
  /// After so many of them, quoted cells end with their lines: each costs a search through all that follows.
  private static let maximumUnclosed = 8
  private var unclosed = 0

  init(_ lines: LineReader, kind: FileKind) {
    self.lines = lines
    separator = UInt8(ascii: kind == .tabTable ? "\t" : ",")
  }

  mutating func next() throws(FileSearchError) -> TextBlock? {
    while let (line, cells) = try nextRow() {
      if columns == nil {
        let isHeader = !cells.isEmpty && cells.allSatisfy { Self.hasLetter($0) && $0.count <= 64 }
        columns = isHeader ? cells.map { String(decoding: $0, as: UTF8.self).lowercased() } : []
        if isHeader { continue }
      }
      let block = block(cells, line)
      if !block.text.isEmpty { return block }
    }
    return nil
  }

  private func block(_ cells: [[UInt8]], _ line: Int) -> TextBlock {
    let columns = columns ?? []
    let hasText = columns.contains("text")
    var block = TextBlock()
    block.isRecord = true
    block.marks = [TextBlock.Mark(offset: 0, line: line)]
    for (index, cell) in cells.enumerated() where !cell.isEmpty {
      let name = index < columns.count ? columns[index] : ""
      if name == "id" || name == "_id" {
        block.id = String(decoding: cell, as: UTF8.self)
        continue
      }
      guard !hasText || name == "text" || name == "title", Self.hasLetter(cell) else { continue }
      if !block.text.isEmpty { block.text += hasText ? Array("\n\n".utf8) : Array("; ".utf8) }
      for (offset, byte) in cell.enumerated() where byte == UInt8(ascii: "\n") {
        let last = block.marks[block.marks.count - 1].line
        block.marks.append(TextBlock.Mark(offset: block.text.count + offset + 1, line: last + 1))
      }
      block.text += cell
    }
    return block
  }

  /// ASCII letters and every byte of other characters.
  private static func hasLetter(_ cell: [UInt8]) -> Bool {
    cell.contains { $0 >= 0x80 || ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
  }

  private mutating func nextLine() throws(FileSearchError) -> (number: Int, bytes: [UInt8])? {
    if let line = pending.popLast() { return line }
    while let line = try lines.next() {
      if line.isComplete { return (line.number, Array(line.bytes)) }
      while let rest = try lines.next(), !rest.isComplete {}
      warnings.append(
        FileSearchError(
          .tooLarge, "\(lines.subject):\(line.number)", "the line is longer than 64 MB; it is passed over"))
    }
    return nil
  }

  /// The next row that is not blank: the number of its first line, and its cells.
  private mutating func nextRow() throws(FileSearchError) -> (line: Int, cells: [[UInt8]])? {
    while let first = try nextLine() {
      if first.bytes.isEmpty { continue }
      var quotes = QuoteState(separator: separator)
      var isOpen = quotes.read(first.bytes)
      // A quotation mark is open: the row goes on in the next line.
      var row = first.bytes
      var ahead: [(number: Int, bytes: [UInt8])] = []
      let mayGoOn = separator == UInt8(ascii: ",") && unclosed < Self.maximumUnclosed
      while isOpen, mayGoOn, row.count < Self.maximumQuoted, let more = try nextLine() {
        ahead.append(more)
        row.append(UInt8(ascii: "\n"))
        row += more.bytes
        isOpen = quotes.read([UInt8(ascii: "\n")] + more.bytes)
      }
      if !isOpen { return (first.number, Self.cells(row, separator)) }
      if mayGoOn { unclosed += 1 }
      pending += ahead.reversed()
      return (first.number, first.bytes.split(separator: separator, omittingEmptySubsequences: false).map(Array.init))
    }
    return nil
  }

  /// Cuts a row in which every quotation is closed into cells.
  private static func cells(_ row: [UInt8], _ separator: UInt8) -> [[UInt8]] {
    let quote = UInt8(ascii: "\"")
    var cells: [[UInt8]] = []
    var position = 0
    while true {
      var cell: [UInt8] = []
      if position < row.count, row[position] == quote {
        position += 1
        while position < row.count {
          let byte = row[position]
          position += 1
          if byte != quote {
            cell.append(byte)
          } else if position < row.count, row[position] == quote {
            cell.append(quote)
            position += 1
          } else {
            break
          }
        }
      }
      let end = row[position...].firstIndex(of: separator) ?? row.count
      cell += row[position..<end]
      cells.append(cell)
      if end == row.count { return cells }
      position = end + 1
    }
  }
}

/// Whether a quotation is open, while a row is read piece by piece.
private struct QuoteState {
  private enum Place {
    case cellStart, plain, quoted, quoteInQuoted
  }

  private let separator: UInt8
  private var place = Place.cellStart

  init(separator: UInt8) { self.separator = separator }

  /// Reads on.
  ///
  /// - Returns: Whether a quotation is open at the end of what was read.
  mutating func read(_ bytes: [UInt8]) -> Bool {
    let quote = UInt8(ascii: "\"")
    for byte in bytes {
      switch place {
      case .cellStart: place = byte == quote ? .quoted : byte == separator ? .cellStart : .plain
      case .plain: if byte == separator { place = .cellStart }
      case .quoted: if byte == quote { place = .quoteInQuoted }
      case .quoteInQuoted: place = byte == quote ? .quoted : byte == separator ? .cellStart : .plain
      }
    }
    return place == .quoted
  }
}
