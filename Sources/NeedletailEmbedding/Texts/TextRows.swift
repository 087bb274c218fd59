public import NeedletailJSON

/// A text to embed, with what its row says beside it.
public struct TextRow: Sendable {
  /// The row's `id` as it stands there; its number, counted from 0, where it has none.
  public let id: JSONValue
  /// The text.
  public let text: String
  /// The row's `metadata` as it stands there, where it has any.
  public let metadata: JSONValue?

  /// Names a text.
  public init(id: JSONValue, text: String, metadata: JSONValue? = nil) {
    (self.id, self.text, self.metadata) = (id, text, metadata)
  }
}

/// The texts of a file of any size, one at a time: plain text, a text a line, or JSONL, a string or an object with
/// `text` and perhaps `id` (or BEIR's `_id` and `title`) and `metadata` a line.
///
///     let rows = try TextRows(contentsOf: "texts.jsonl")
///     while let row = try rows.next() { print(row.text) }
public final class TextRows {
  /// How lines are read.
  public enum Format: String, Sendable, CaseIterable {
    /// Every line is a text, also an empty one.
    case text
    /// Every line that is not blank is JSON.
    case jsonl
  }

  private let lines: LineSource
  private var format: Format?
  private var lineNumber = 0
  private var count = 0
  private var gathering = RowGathering()

  /// Opens an input.
  ///
  /// - Parameters:
  ///   - path: A file, or `-` for standard input.
  ///   - format: How lines are read; by default JSONL where the name ends in `.jsonl`, `.ndjson` or `.json`, text where
  ///     it ends in `.txt` or `.md`, and else JSONL if the first line is a JSON string or object.
  /// - Throws: ``EmbeddingError`` with code `.unreadable`.
  public init(contentsOf path: String, format: Format? = nil) throws(EmbeddingError) {
    lines = try LineSource(path)
    let name = path.lowercased()
    if let format {
      self.format = format
    } else if [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) {
      self.format = .jsonl
    } else if [".txt", ".md"].contains(where: name.hasSuffix) {
      self.format = .text
    }
  }

  /// Bytes read so far.
  public var bytesRead: Int { lines.bytesRead }
  /// Bytes of the whole input, where it is a file.
  public var byteCount: Int? { lines.size }

  /// The next text, or `nil` after the last.
  ///
  /// Bytes that are not UTF-8 read as U+FFFD.
  ///
  /// - Throws: ``EmbeddingError`` naming the line; `CancellationError`.
  public func next() throws -> TextRow? {
    while let line = try lines.next() {
      lineNumber += 1
      let format = format ?? Self.guess(line)
      self.format = format
      if format == .jsonl, line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      defer { count += 1 }
      return switch format {
      case .text: TextRow(id: .integer(count), text: String(decoding: line, as: UTF8.self))
      case .jsonl: try row(line)
      }
    }
    return nil
  }

  /// The next texts, or none after the last; of a pipe, those that are there.
  ///
  /// - Parameters:
  ///   - limit: How many texts at most.
  ///   - bytes: About how many bytes they may have together; one text is given whatever its size.
  /// - Throws: What ``next()`` throws, once the texts before the fault have been given.
  public func next(_ limit: Int, bytes: Int = 8 << 20) throws -> [TextRow] {
    try gathering.next(limit, bytes: bytes, from: lines, size: { $0.text.utf8.count }, read: next)
  }

  private static func guess(_ line: ArraySlice<UInt8>) -> Format {
    guard let document = try? JSONDocument(parsing: Array(line)) else { return .text }
    return document.root.kind == .string || document.root.kind == .object ? .jsonl : .text
  }

  private func row(_ line: ArraySlice<UInt8>) throws(EmbeddingError) -> TextRow {
    do throws(JSONError) {
      let json = try JSONDocument(parsing: Array(line)).root
      if let text = json.string { return TextRow(id: .integer(count), text: text) }
      guard json.kind != .array else {
        throw json.error(
          .wrongType, "expected a string or an object a line, found an array (jq -c '.[]' takes it apart)")
      }
      guard json.kind == .object else {
        throw json.error(.wrongType, "expected a string or an object, found \(json.kind)")
      }
      let text = try json.string("text")
      let title = try json.string("title", default: "")
      return TextRow(
        id: try id(json), text: title.isEmpty ? text : "\(title) \(text)",
        metadata: json.optional("metadata").map { JSONValue(copying: $0) })
    } catch {
      throw EmbeddingError(
        .malformed, "\(lines.subject):\(lineNumber)", "column \(error.column): \(error.message)")
    }
  }

  private func id(_ json: JSON) throws(JSONError) -> JSONValue {
    guard let id = json.optional("id") ?? json.optional("_id") else { return .integer(count) }
    if let text = id.string { return .string(text) }
    if let number = id.integer { return .integer(number) }
    guard let number = id.double else {
      throw id.error(.wrongType, "an id should be a string or a number, found \(id.kind)")
    }
    // Beyond 2⁵³ different numbers would become one.
    guard number.magnitude < 9_007_199_254_740_992 else {
      throw id.error(.outOfRange, "the id is too large a number to be kept exactly; write it as a string")
    }
    return .double(number)
  }
}
