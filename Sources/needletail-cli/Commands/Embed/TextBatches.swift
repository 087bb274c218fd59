import Needletail

/// The texts of a command: its arguments, or the rows of a file.
enum TextBatches {
  case arguments([String], taken: Int = 0)
  case rows(TextRows)

  /// How many texts there are, where that is known.
  var count: Int? {
    switch self {
    case .arguments(let texts, _): texts.count
    case .rows: nil
    }
  }

  /// What part of the input was taken, where its size is known.
  var fraction: Double? {
    switch self {
    case .arguments(let texts, let taken): Double(taken) / Double(texts.count)
    case .rows(let rows): rows.byteCount.map { $0 > 0 ? Double(rows.bytesRead) / Double($0) : 1 }
    }
  }

  /// The next texts, at most so many; none after the last.
  mutating func next(_ limit: Int) throws -> [TextRow] {
    switch self {
    case .rows(let rows): return try rows.next(limit)
    case .arguments(let texts, let taken):
      let next = min(taken + limit, texts.count)
      self = .arguments(texts, taken: next)
      return (taken..<next).map { TextRow(id: .integer($0), text: texts[$0]) }
    }
  }
}
