internal import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Pairs of sentences with a human judgement of how alike they are.
///
/// The file is UTF-8 with one pair a line; a header line names the columns `score`, `sentence1` and `sentence2`, in any
/// order and among others. Cells are separated by tabs; quotation marks have no meaning.
public struct STSPairs: Sendable, Equatable {
  /// Judgements, higher for more alike; any scale.
  public let scores: [Double]
  /// First sentences.
  public let first: [String]
  /// Second sentences, in the same order.
  public let second: [String]

  /// The largest file that is read, bytes.
  private static let maximumFile = 1 << 30

  /// How many pairs there are.
  public var count: Int { scores.count }

  /// Reads a file.
  ///
  /// - Throws: ``EvaluationError`` that names the file and the line at fault.
  public init(contentsOf file: URL) throws(EvaluationError) {
    let bytes: [UInt8]
    do { bytes = try RegularFile.bytes(file.path, name: file.relativePath, limit: Self.maximumFile) } catch {
      throw EvaluationError(.unreadable, error.name, error.message, cause: error)
    }
    try self.init(parsing: bytes, subject: file.relativePath)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8, with or without a byte order mark; lines end in LF or CRLF, blank lines are skipped.
  ///   - subject: What errors call the input.
  public init(parsing bytes: [UInt8], subject: String) throws(EvaluationError) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Self.withoutReturn)
    guard var header = lines.first, !header.isEmpty else {
      throw EvaluationError(.malformed, "\(subject):1", "a header line with score, sentence1 and sentence2 is missing")
    }
    if header.starts(with: [0xEF, 0xBB, 0xBF]) { header = header.dropFirst(3) }
    let names = header.split(separator: 0x09, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    lines.removeFirst()
    var columns: [Int] = []
    for name in ["score", "sentence1", "sentence2"] {
      guard let column = names.firstIndex(of: name) else {
        throw EvaluationError(
          .malformed, "\(subject):1",
          "the header names no column \"\(name)\"; it should name score, sentence1, sentence2")
      }
      columns.append(column)
    }
    var scores: [Double] = []
    var first: [String] = []
    var second: [String] = []
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let place = "\(subject):\(index + 2)"
      let cells = line.split(separator: 0x09, omittingEmptySubsequences: false)
      guard cells.count == names.count else {
        throw EvaluationError(.malformed, place, "expected \(names.count) cells as in the header, found \(cells.count)")
      }
      let number = String(decoding: cells[columns[0]], as: UTF8.self)
      guard let score = Double(number), score.isFinite else {
        throw EvaluationError(.malformed, place, "the score should be a number, found \"\(number.prefix(40))\"")
      }
      scores.append(score)
      first.append(try Self.text(cells[columns[1]], place))
      second.append(try Self.text(cells[columns[2]], place))
    }
    guard scores.count >= 2 else {
      throw EvaluationError(.empty, subject, "a correlation needs at least two pairs, found \(scores.count)")
    }
    guard scores.contains(where: { $0 != scores[0] }) else {
      throw EvaluationError(.constant, subject, "all scores are \(scores[0]); a correlation needs scores that differ")
    }
    (self.scores, self.first, self.second) = (scores, first, second)
  }

  private static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == 0x0D ? line.dropLast() : line
  }

  private static func text(_ bytes: ArraySlice<UInt8>, _ place: String) throws(EvaluationError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw EvaluationError(.malformed, place, "holds bytes that are not UTF-8")
    }
    return text
  }
}
