internal import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Plain text to take statistics from: files that are read as often as needed and never held in memory.
///
/// A file ending in `.jsonl` has a JSON string or an object with a `text` a line; any other file is UTF-8 text. Lines
/// are cut into sentences after `.`, `!` or `?` where white space follows.
public struct TextCorpus: Sendable {
  /// The files, in reading order.
  public let files: [URL]

  /// Names the files; they are opened when they are read.
  public init(files: [URL]) { self.files = files }

  /// Reads every sentence, in order.
  ///
  /// - Parameters:
  ///   - size: How many sentences a batch has at most.
  ///   - body: Called with batches that are not empty.
  /// - Throws: ``TrainingError`` naming the file and line, or the error of `body`.
  package func forEachBatch(of size: Int, _ body: ([String]) async throws -> Void) async throws {
    precondition(size > 0, "a batch has sentences")
    var batch: [String] = []
    do {
      for file in files {
        let isJSON = file.pathExtension.lowercased() == "jsonl"
        var lines = try TextLines(file.path, name: file.relativePath)
        while let line = try lines.next() {
          let text = isJSON ? try Self.text(ofRow: line, lines.place) : line
          for sentence in Self.sentences(text) {
            batch.append(sentence)
            if batch.count == size {
              try await body(batch)
              batch.removeAll(keepingCapacity: true)
            }
          }
        }
      }
    } catch let failure as RegularFile.Failure {
      throw TrainingError(failure.line == nil ? .file : .malformed, failure.place, failure.message, cause: failure)
    }
    if !batch.isEmpty { try await body(batch) }
  }

  private static func text(ofRow bytes: [UInt8], _ place: String) throws -> [UInt8] {
    guard bytes.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else { return [] }
    do {
      let row = try JSONDocument(parsing: bytes, subject: place).root
      return Array(try (row.string ?? row.string("text")).utf8)
    } catch {
      throw TrainingError(
        .malformed, place, "should be a JSON string or an object with a \"text\": \(error)", cause: error)
    }
  }

  /// Cuts text at line ends and after `.`, `!` and `?` before white space; nothing empty is kept.
  static func sentences(_ bytes: [UInt8]) -> [String] {
    var sentences: [String] = []
    var start = 0
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
    func keep(_ end: Int) {
      var (first, last) = (start, end)
      while first < last, isSpace(bytes[first]) { first += 1 }
      while last > first, isSpace(bytes[last - 1]) { last -= 1 }
      if first < last { sentences.append(String(decoding: bytes[first..<last], as: UTF8.self)) }
      start = end
    }
    for index in bytes.indices {
      let closes = index > 0 && (bytes[index - 1] == 0x2E || bytes[index - 1] == 0x21 || bytes[index - 1] == 0x3F)
      if bytes[index] == 0x0A || (closes && isSpace(bytes[index])) { keep(index) }
    }
    keep(bytes.count)
    return sentences
  }
}
