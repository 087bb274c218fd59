internal import NeedletailJSON
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The lines of a file, one after the other, each with its end; memory follows the longest line.
struct TextFileLines: ~Copyable {
  private let file: RegularFile
  private var piece: [UInt8] = []
  private var position = 0
  private var line = 0

  private static let pieceSize = 1 << 20
  /// The longest line that is read, bytes.
  private static let longestLine = 256 << 20

  init(_ url: URL) throws(TokenizerError) {
    do { file = try RegularFile(url.path, name: url.relativePath) } catch {
      throw TokenizerError(.unreadable, error.message, subject: error.name, cause: error)
    }
  }

  /// The file and the number of the line that was read last.
  var place: String { "\(file.name):\(line)" }

  /// The next line; `nil` after the last.
  mutating func next() throws(TokenizerError) -> [UInt8]? {
    var bytes: [UInt8] = []
    while true {
      if position == piece.count {
        do { piece = try file.next(Self.pieceSize) } catch {
          throw TokenizerError(.unreadable, error.message, subject: error.name, cause: error)
        }
        position = 0
        guard !piece.isEmpty else { return bytes.isEmpty ? nil : bytes }
      }
      if bytes.isEmpty { line += 1 }
      let rest = piece[position...]
      let end = rest.firstIndex(of: 0x0A)
      position = end.map { $0 + 1 } ?? piece.count
      bytes += piece[rest.startIndex..<position]
      guard bytes.count <= Self.longestLine else {
        throw TokenizerError(
          .malformed, "the line is longer than \(Self.longestLine >> 20) MiB; cut it into several", subject: place)
      }
      if end != nil { return bytes }
    }
  }

  /// The text of a row of JSON; `nil` where the line is empty.
  static func text(ofRow bytes: [UInt8], _ place: String) throws(TokenizerError) -> ArraySlice<UInt8>? {
    guard bytes.contains(where: { $0 > 0x20 }) else { return nil }
    do throws(JSONError) {
      let row = try JSONDocument(parsing: bytes, subject: place).root
      let text = row.kind == .string ? row : try row.value("text")
      guard let utf8 = text.utf8 else {
        throw text.error(.wrongType, "\"text\" should be a string, found \(text.kind)")
      }
      return utf8
    } catch {
      throw TokenizerError(
        .malformed, "a line should be a JSON string or an object with a \"text\": \(error.message)", subject: place,
        cause: error)
    }
  }
}
