internal import NeedletailJSON
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// The texts that a vocabulary is trained on: read one after the other, never all held in memory.
///
///     let texts = TrainingTexts(files: [URL(filePath: "corpus.txt"), URL(filePath: "rows.jsonl")])
///
/// A file whose name ends in `.jsonl` has a JSON string or an object with a `text` a line. Any other file is text; each
/// of its lines is a text, its end included, as the reference library (PyPI `tokenizers`) reads files. Invalid UTF-8 is
/// replaced by U+FFFD.
public struct TrainingTexts: Sendable {
  /// Hands over the next texts; see ``forEachBatch(_:)``.
  private let visit: @Sendable (_ body: (inout TextBatch) async throws -> Void) async throws -> Void

  /// The texts of files, in this order.
  ///
  /// The files are opened when they are read: one that vanishes before is an error then.
  public init(files: [URL]) {
    visit = { body in
      var batch = TextBatch()
      do {
        for file in files {
          let isJSON = file.pathExtension.lowercased() == "jsonl"
          var lines = try TextLines(file.path, name: file.relativePath)
          while let line = try lines.next() {
            if isJSON {
              guard let text = try Self.text(ofRow: line, lines.place) else { continue }
              batch.append(text)
            } else {
              batch.append(line)
            }
            if batch.isFull { try await body(&batch) }
          }
        }
      } catch let failure as RegularFile.Failure {
        throw TokenizerError(
          failure.line == nil ? .unreadable : .malformed, failure.message, subject: failure.place, cause: failure)
      }
      if batch.count > 0 { try await body(&batch) }
    }
  }

  /// The texts of a sequence, each as it is.
  public init(_ texts: some Sequence<String> & Sendable) {
    visit = { body in
      var batch = TextBatch()
      for text in texts {
        batch.append(text.utf8)
        if batch.isFull { try await body(&batch) }
      }
      if batch.count > 0 { try await body(&batch) }
    }
  }

  /// Texts that are made one by one, in UTF-8.
  ///
  /// - Parameter makeReader: Called once for each reading; what it returns gives the next text each time, `nil` at the
  ///   end.
  public init(reading makeReader: @escaping @Sendable () throws -> (() throws -> [UInt8]?)) {
    visit = { body in
      let next = try makeReader()
      var batch = TextBatch()
      while let text = try next() {
        batch.append(text)
        if batch.isFull { try await body(&batch) }
      }
      if batch.count > 0 { try await body(&batch) }
    }
  }

  /// The text of a row of JSON; `nil` where the line is empty.
  private static func text(ofRow bytes: [UInt8], _ place: String) throws(TokenizerError) -> ArraySlice<UInt8>? {
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

  /// Reads all texts, in order.
  ///
  /// - Parameter body: Called with batches that are not empty; it leaves an empty one behind.
  /// - Throws: `TokenizerError` naming the file and line, or the error of `body`.
  func forEachBatch(_ body: (inout TextBatch) async throws -> Void) async throws { try await visit(body) }
}

/// Some texts in one buffer.
struct TextBatch: Sendable {
  /// All texts in UTF-8, one after the other; not checked.
  private(set) var bytes: [UInt8] = []
  /// Where each ends.
  private(set) var ends: [Int] = []

  private static let size = 1 << 18

  var count: Int { ends.count }
  /// Whether it is large enough to be worked on.
  var isFull: Bool { bytes.count >= Self.size }

  /// Where the text at `index` stands in ``bytes``.
  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// The text at `index`, invalid UTF-8 replaced.
  func text(_ index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

  mutating func append(_ text: some Collection<UInt8>) {
    bytes += text
    ends.append(bytes.count)
  }

  /// Hands over the texts and begins anew.
  mutating func take() -> TextBatch {
    let taken = self
    self = TextBatch()
    return taken
  }
}
