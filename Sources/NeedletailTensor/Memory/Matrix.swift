/// A dense float32 matrix in memory, row after row: the vectors of a batch of texts, one a row.
public struct Matrix: Sendable, Equatable {
  /// How many rows there are.
  public let rows: Int
  /// How many values each row has.
  public let columns: Int
  /// All values, row-major: `rows · columns` of them.
  public var values: [Float]

  /// Creates a matrix from its values.
  ///
  /// - Parameters:
  ///   - rows: At least 0.
  ///   - columns: At least 0.
  ///   - values: Exactly `rows · columns` values, row-major.
  public init(rows: Int, columns: Int, values: [Float]) {
    precondition(rows >= 0 && columns >= 0 && values.count == rows * columns, "a matrix needs rows · columns values")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// Creates a matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: [Float](repeating: 0, count: rows * columns))
  }

  /// The values of one row.
  public subscript(row row: Int) -> ArraySlice<Float> {
    get { values[(row * columns)..<((row + 1) * columns)] }
    set {
      precondition(newValue.count == columns, "a row has \(columns) values")
      values.replaceSubrange((row * columns)..<((row + 1) * columns), with: newValue)
    }
  }
}
