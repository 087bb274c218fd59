import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection delete`: documents out of a collection.
struct CollectionDeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Delete documents by id or by a filter.",
    discussion: """
      Ids that are not there are passed over. What is deleted is found by no search from then on; compact gives its room \
      back to the disk.

      Examples:
        needletail collection delete notes old-1 old-2
        needletail collection delete notes --where 'year < 2000 or not exists year'
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Argument(help: ArgumentHelp("Ids of documents.", valueName: "id"))
  var ids: [String] = []

  @Option(
    name: .customLong("where"), help: ArgumentHelp("Delete the documents whose metadata fits.", valueName: "filter"),
    transform: { try Filter(parsing: $0) })
  var filter: Filter?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard ids.isEmpty != (filter == nil) else { throw ValidationError("give ids, or a filter by --where") }
  }

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readWrite)
    let count: Int
    if let filter {
      count = try await collection.delete(where: filter)
    } else {
      count = try await collection.delete(ids: ids)
    }
    try await collection.close()
    if output.json {
      try StandardOutput.print(JSONValue.object(["deleted": .integer(count)]).text())
    } else if !output.quiet {
      StandardError.write("needletail: \(count) documents deleted\n")
    }
  }
}
