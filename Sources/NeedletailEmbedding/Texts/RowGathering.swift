/// Takes rows in batches from a reader that gives one at a time.
///
/// A fault after rows that are still to be given is kept, and thrown at the next call.
package struct RowGathering {
  private var postponed: (any Error)?

  package init() {}

  /// The next rows, or none after the last; of a pipe, those that are there.
  ///
  /// - Parameters:
  ///   - limit: How many rows at most.
  ///   - bytes: About how many bytes they may have together; one row is given whatever its size.
  ///   - lines: Where the reader gets its lines from.
  ///   - size: How many bytes a row has.
  ///   - read: Reads a row; `nil` after the last.
  /// - Throws: What `read` throws, once the rows before the fault have been given; `CancellationError` at once.
  package mutating func next<Row>(
    _ limit: Int, bytes: Int, from lines: LineSource, size: (Row) -> Int, read: () throws -> Row?
  ) throws -> [Row] {
    if let postponed { throw postponed }
    var rows: [Row] = []
    var total = 0
    while rows.count < limit, total < bytes, rows.isEmpty || lines.isReady {
      do {
        guard let row = try read() else { break }
        total += size(row)
        rows.append(row)
      } catch  where !rows.isEmpty && !(error is CancellationError) {
        postponed = error
        break
      }
    }
    return rows
  }
}
