/// Prints rows with columns as wide as their widest cell.
func printTable(_ rows: [[String]]) throws {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  for row in rows {
    let cells = row.enumerated().map { column, cell in
      column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
    }
    try StandardOutput.print(cells.joined(separator: "  "))
  }
}
