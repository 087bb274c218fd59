internal import NeedletailEmbedding
internal import NeedletailJSON

/// The documents of a file of any size, one at a time, in memory for one of them.
///
///     let rows = try DocumentRows(contentsOf: "corpus.jsonl")
///     while let row = try rows.next() { print(row.document.id) }
///
/// A line of JSONL is a string, or an object with `text` and perhaps `id` (or `_id`), `title`, `metadata` and the row's
/// own `embedding` (or `vector`). Members beside these are metadata, too. A title stands before the text, a space
/// between, and is kept as metadata. A table (RFC 4180) has a header with the same names; a cell that is written as a JSON
/// number is one. A row without an id is named by its content: 32 hexadecimal digits of the SHA-256 of text and metadata.
public final class DocumentRows {
  /// How a file is read.
  public enum Format: String, Sendable, CaseIterable {
    /// A JSON value a line; blank lines are passed over.
    case jsonl
    /// Cells with commas between them.
    case csv
    /// Cells with tabs between them.
    case tsv

    /// What a file's name promises; `nil` where it promises none of these.
    public init?(name: String) {
      let name = name.lowercased()
      if [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) {
        self = .jsonl
      } else if let format = [Format.csv, .tsv].first(where: { name.hasSuffix("." + $0.rawValue) }) {
        self = format
      } else {
        return nil
      }
    }
  }

  private enum Source {
    case lines
    case table(TableRecords, TableRow?)
  }

  private let lines: LineSource
  private var source: Source
  private var line = 0
  private var gathering = RowGathering()

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: A file, or `-` for standard input.
  ///   - format: How it is read; by default as its name ends, else as JSONL.
  /// - Throws: ``RetrievalError`` with code `.unreadable`.
  public init(contentsOf path: String, format: Format? = nil) throws(RetrievalError) {
    do throws(EmbeddingError) {
      lines = try LineSource(path)
    } catch {
      throw RetrievalError(.unreadable, error.subject, error.message, cause: error)
    }
    source =
      switch format ?? Format(name: path) ?? .jsonl {
      case .jsonl: .lines
      case .csv: .table(TableRecords(lines, separator: UInt8(ascii: ",")), nil)
      case .tsv: .table(TableRecords(lines, separator: UInt8(ascii: "\t")), nil)
      }
  }

  /// Bytes read so far.
  public var bytesRead: Int { lines.bytesRead }
  /// Bytes of the whole file, where it is one.
  public var byteCount: Int? { lines.size }
  /// The file and the line where the row that was given last begins.
  public var place: String { "\(lines.subject):\(line)" }

  /// The next row, or `nil` after the last.
  ///
  /// - Throws: ``RetrievalError`` naming file and line of a row that is none, or that is no UTF-8; `CancellationError`.
  public func next() throws -> DocumentRow? {
    do {
      switch source {
      case .lines: return try nextLine()
      case .table(var records, var header):
        defer { source = .table(records, header) }
        return try nextRecord(&records, &header)
      }
    } catch let error as EmbeddingError {
      throw RetrievalError(
        error.code == .unreadable ? .unreadable : .malformed, error.subject, error.message, cause: error)
    } catch let error as JSONError {
      throw RetrievalError(.malformed, place, "column \(error.column): \(error.message)", cause: error)
    } catch let fault as RowMembers.Fault {
      throw RetrievalError(.malformed, place, fault.message)
    }
  }

  /// The next rows, or none after the last; of a pipe, those that are there.
  ///
  /// - Parameters:
  ///   - limit: How many rows at most.
  ///   - bytes: About how many bytes of text they may have together; one row is given whatever its size.
  /// - Throws: What ``next()`` throws, once the rows before the fault have been given.
  public func next(_ limit: Int, bytes: Int = 8 << 20) throws -> [DocumentRow] {
    try gathering.next(limit, bytes: bytes, from: lines, size: { $0.document.text.utf8.count }, read: next)
  }

  private func nextLine() throws -> DocumentRow? {
    while let bytes = try lines.next() {
      line += 1
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      _ = try Self.text(bytes)
      return try JSONRow.row(Array(bytes))
    }
    return nil
  }

  private func nextRecord(_ records: inout TableRecords, _ header: inout TableRow?) throws -> DocumentRow? {
    defer { line = records.line }
    if header == nil {
      guard let cells = try records.next() else { return nil }
      header = try TableRow(header: cells.map { try Self.text($0[...]) })
    }
    guard let cells = try records.next() else { return nil }
    return try header?.row(cells.map { try Self.text($0[...]) })
  }

  /// Bytes as text.
  private static func text(_ bytes: ArraySlice<UInt8>) throws(RowMembers.Fault) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RowMembers.Fault("is no UTF-8; convert the file, as with iconv")
    }
    return text
  }
}
