import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection list`: the collections of a folder.
struct CollectionListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the collections of a folder, with their documents.",
    discussion: """
      Example:
        needletail collection list ~/collections
      """)

  @Argument(help: "A folder that holds collections.")
  var folder = "."

  @OptionGroup var output: OutputOptions

  func run() async throws {
    var rows: [[String]] = []
    var values: [JSONValue] = []
    for url in try DocumentCollection.list(in: URL(filePath: folder)) {
      let name = url.lastPathComponent
      // A collection that cannot be opened does not hide the others.
      do {
        let collection = try await DocumentCollection(at: url, mode: .readOnly)
        let count = try await collection.count()
        try await collection.close()
        rows.append([name, "\(count) documents"])
        values.append(.object(["name": .string(name), "documents": .integer(count)]))
      } catch let error as RetrievalError {
        StandardError.warn("\(error)")
        rows.append([name, "cannot be opened"])
        values.append(.object(["name": .string(name), "documents": .null]))
      }
    }
    if output.json {
      try StandardOutput.print(JSONValue.array(values).text(indented: true))
    } else {
      try printTable(rows)
    }
  }
}
