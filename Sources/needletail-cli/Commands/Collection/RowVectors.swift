import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The vectors of a file beside the rows that they belong to: row i takes vector i.
final class RowVectors {
  private let file: VectorFile
  /// The first vector that no row has taken.
  private var position = 0

  /// Opens a file and looks at all of its vectors.
  ///
  /// - Parameters:
  ///   - path: A file as `VectorFile` reads them.
  ///   - dimension: The values that each vector should have.
  /// - Throws: `TensorError`; `RetrievalError` with code `.malformed` where a vector does not fit; `CancellationError`.
  init(_ path: String, dimension: Int) throws {
    file = try VectorFile(URL(filePath: path), kernels: try .preferred())
    guard file.columns == dimension else {
      throw RetrievalError(
        .malformed, path, "has vectors of \(file.columns) values; the collection's have \(dimension)")
    }
    let step = max(1, (1 << 20) / dimension)
    for start in stride(from: 0, to: file.rows, by: step) {
      try Task.checkCancellation()
      let vectors = try file.matrix(start..<min(start + step, file.rows))
      for row in 0..<vectors.rows {
        let square = vectors[row: row].reduce(Float(0)) { $0 + $1 * $1 }
        guard square.isFinite else {
          throw RetrievalError(
            .malformed, path,
            "vector \(start + row) (counted from 0) holds a value that is not finite, or values too large to square")
        }
      }
    }
  }

  /// Compares the number of vectors with that of the rows of a source, which is read to its end.
  func check(_ source: DocumentSource) throws {
    var (source, count) = (source, 0)
    while true {
      try Task.checkCancellation()
      let rows = try source.next(4096)
      guard !rows.isEmpty else { break }
      try Self.refuseOwn(rows)
      count += rows.count
    }
    guard count == file.rows else {
      throw RetrievalError(
        .malformed, file.path, "has \(file.rows) vectors for \(count) rows; nothing was added: give one for each row")
    }
  }

  /// The next rows with their vectors.
  func taking(_ rows: [DocumentRow]) throws -> [DocumentRow] {
    try Self.refuseOwn(rows)
    guard position + rows.count <= file.rows else {
      throw RetrievalError(
        .malformed, file.path,
        "has \(file.rows) vectors for more rows than that; the \(position) rows before \(rows[0].document.id) were added"
      )
    }
    let vectors = try file.matrix(position..<(position + rows.count))
    position += rows.count
    return rows.enumerated().map { DocumentRow(document: $1.document, vector: Array(vectors[row: $0])) }
  }

  /// Checks that every vector found its row.
  func finish() throws {
    guard position == file.rows else {
      throw RetrievalError(
        .malformed, file.path,
        "has \(file.rows) vectors, of which the \(position) rows took the first; all rows were added"
      )
    }
  }

  private static func refuseOwn(_ rows: [DocumentRow]) throws(RetrievalError) {
    if let row = rows.first(where: { $0.vector != nil }) {
      throw RetrievalError(
        .malformed, "document \(row.document.id)",
        "has a vector in its row, and --vectors gives it another; give one of them")
    }
  }
}
