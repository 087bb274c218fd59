internal import NeedletailJSON

/// Reads a record of a table as a document: its cells by the names of their columns.
struct TableRow {
  /// What the first record names the columns.
  let columns: [String]

  /// Takes the header.
  init(header cells: [String]) throws(RowMembers.Fault) {
    var names: Set<String> = []
    for name in cells where !names.insert(name).inserted {
      throw RowMembers.Fault("the column \"\(name)\" stands there twice")
    }
    guard names.contains("text") else {
      throw RowMembers.Fault(
        "expected a header with a column named text, found \(cells.prefix(8).map { "\"\($0)\"" }.joined(separator: ", "))"
      )
    }
    columns = cells
  }

  /// The document of a record; an empty cell says nothing, but for the text.
  func row(_ cells: [String]) throws(RowMembers.Fault) -> DocumentRow {
    guard cells.count == columns.count else {
      throw RowMembers.Fault("has \(cells.count) cells; the header has \(columns.count)")
    }
    var members = RowMembers()
    for (column, cell) in zip(columns, cells) {
      if column == "text" {
        members.take(text: cell)
      } else if !cell.isEmpty {
        switch column {
        case "id", "_id": try members.take(id: cell)
        case "title": members.take(title: cell)
        default: members.take(other: column, Self.value(cell))
        }
      }
    }
    return try members.row()
  }

  /// A cell that is written as a JSON number is that number, any other its text.
  private static func value(_ cell: String) -> JSONValue {
    // Blanks around a number are no part of it, and make it a text.
    guard let json = try? JSONDocument(parsing: cell).root, json.digits?.count == cell.utf8.count else {
      return .string(cell)
    }
    if let whole = json.integer { return .integer(whole) }
    guard let number = json.double, number.isFinite, number.magnitude < 9_007_199_254_740_992 else {
      return .string(cell)
    }
    return .double(number)
  }
}
