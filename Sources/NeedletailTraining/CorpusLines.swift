internal import NeedletailJSON

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The lines of one file of a corpus, one after the other; memory follows the longest line.
struct CorpusLines: ~Copyable {
  private let file: RegularFile
  private var piece: [UInt8] = []
  private var position = 0
  private var line = 0

  /// Bytes that are read at a time.
  private static let pieceSize = 1 << 20
  /// The longest line that is read, bytes.
  private static let longestLine = 256 << 20

  init(_ url: URL) throws(TrainingError) {
    do { file = try RegularFile(url.path, name: url.relativePath) } catch {
      throw TrainingError(.file, error.name, error.message, cause: error)
    }
  }

  /// The file and the number of the line that was read last.
  var place: String { "\(file.name):\(line)" }

  /// The next line without its end; `nil` after the last.
  mutating func next() throws(TrainingError) -> [UInt8]? {
    var bytes: [UInt8] = []
    var isFirst = true
    while true {
      if position == piece.count {
        do { piece = try file.next(Self.pieceSize) } catch {
          throw TrainingError(.file, error.name, error.message, cause: error)
        }
        position = 0
        guard !piece.isEmpty else { return isFirst ? nil : bytes }
      }
      if isFirst { line += 1 }
      isFirst = false
      let rest = piece[position...]
      let end = rest.firstIndex(of: 0x0A)
      bytes += rest[..<(end ?? rest.endIndex)]
      guard bytes.count <= Self.longestLine else {
        throw TrainingError(.malformed, place, "the line is longer than 256 MB; cut it")
      }
      position = end.map { $0 + 1 } ?? piece.count
      if end != nil { return bytes }
    }
  }
}
