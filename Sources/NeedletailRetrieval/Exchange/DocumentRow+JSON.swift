package import NeedletailJSON

extension DocumentRow {
  /// Reads a row that is JSON already; see ``DocumentRows`` for its members.
  ///
  /// - Parameter subject: What errors name.
  /// - Throws: ``RetrievalError`` with code `.malformed`.
  package init(json: JSON, subject: String) throws(RetrievalError) {
    self = try Self.row(subject, column: false) { try JSONRow.row(json) }
  }

  /// Reads JSONL that is in memory: a row a line, blank lines are passed over.
  ///
  /// - Throws: ``RetrievalError`` with code `.malformed` that names the line.
  package static func lines(_ bytes: [UInt8]) throws(RetrievalError) -> [DocumentRow] {
    var rows: [DocumentRow] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      rows.append(try row("line \(index + 1)", column: true) { try JSONRow.row(Array(line)) })
    }
    return rows
  }

  private static func row(
    _ subject: String, column: Bool, _ body: () throws -> DocumentRow
  ) throws(RetrievalError) -> DocumentRow {
    do {
      return try body()
    } catch let error as JSONError {
      let place = column ? "column \(error.column): " : ""
      throw RetrievalError(.malformed, subject, place + error.message, cause: error)
    } catch let fault as RowMembers.Fault {
      throw RetrievalError(.malformed, subject, fault.message)
    } catch {
      throw RetrievalError(.malformed, subject, "\(error)", cause: error)
    }
  }
}
