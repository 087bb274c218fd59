internal import GRDB
internal import NeedletailIndex
internal import NeedletailTensor

extension RetrievalError {
  /// What an error of SQLite means for a collection; other errors stay what they are.
  ///
  /// - Parameter path: The collection's folder.
  static func translated(_ error: any Error, path: String) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    let reason = "\(error.message ?? "no reason is given") (SQLite \(error.extendedResultCode.rawValue))"
    switch error.resultCode {
    case .SQLITE_FULL:
      return RetrievalError(
        .full, path, "the disk is full; nothing of this step was stored: make room and repeat it", cause: error)
    case .SQLITE_READONLY:
      return RetrievalError(.unwritable, path, "cannot be written: \(reason)", cause: error)
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      return RetrievalError(.unreadable, path, "its database cannot be opened: \(reason)", cause: error)
    case .SQLITE_NOTADB:
      return RetrievalError(.malformed, path, "its collection.sqlite is no SQLite database", cause: error)
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
      return RetrievalError(.busy, path, "its database is locked by another program: \(reason)", cause: error)
    case .SQLITE_IOERR:
      let isWriting = Self.writing.contains(error.extendedResultCode)
      let outcome =
        isUncertain(error)
        ? "whether this step was stored shows when the collection is opened again" : "nothing of this step was stored"
      return RetrievalError(
        isWriting ? .unwritable : .unreadable, path, "the disk failed; \(outcome): \(reason)", cause: error)
    case .SQLITE_TOOBIG:
      return RetrievalError(.request, path, "a document is larger than the database can hold", cause: error)
    default:
      return RetrievalError(
        .damaged, path, "its database is damaged: \(reason); restore a backup, or export what can be read",
        cause: error)
    }
  }

  /// Whether a transaction that failed with an error may be there when the database is opened again: it was written,
  /// and the disk did not confirm it.
  static func isUncertain(_ error: any Error) -> Bool {
    let error = (error as? RetrievalError)?.cause ?? error
    return (error as? DatabaseError)?.extendedResultCode == .SQLITE_IOERR_FSYNC
  }

  private static let writing: [ResultCode] = [
    .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC, .SQLITE_IOERR_TRUNCATE,
  ]
}

/// Reads values of rows without trusting that they have the type that the table says.
extension Row {
  func integer(_ column: Int) throws -> Int {
    guard case .int64(let value) = (self[column] as DatabaseValue).storage else { throw Self.wrongType() }
    return Int(value)
  }

  func bytes(_ column: Int) throws -> [UInt8] {
    guard case .blob(let value) = (self[column] as DatabaseValue).storage else { throw Self.wrongType() }
    return [UInt8](value)
  }

  func text(_ column: Int) throws -> String {
    guard case .string(let value) = (self[column] as DatabaseValue).storage else { throw Self.wrongType() }
    return value
  }

  private static func wrongType() -> DatabaseError {
    DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a value has another type than its column")
  }
}
