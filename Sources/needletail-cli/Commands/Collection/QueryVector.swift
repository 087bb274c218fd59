import Needletail
import NeedletailTensor

/// Reads the vector that a search looks for.
enum QueryVector {
  /// The numbers of a JSON array, the first line of a file.
  ///
  /// - Parameter path: A file, or `-` for standard input.
  static func read(_ path: String) throws -> [Float] {
    let lines = try LineSource(path)
    guard let line = try lines.next() else { throw RetrievalError(.malformed, lines.subject, "holds no vector") }
    do {
      let root = try JSONDocument(parsing: Array(line)).root
      let values = root.elements.map { $0.double.map { Float($0) } }
      guard root.kind == .array, !values.isEmpty, !values.contains(nil) else {
        throw root.error(.wrongType, "expected an array of numbers")
      }
      return values.compactMap(\.self)
    } catch let error as JSONError {
      throw RetrievalError(.malformed, "\(lines.subject):1", "column \(error.column): \(error.message)", cause: error)
    }
  }
}
