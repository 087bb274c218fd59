import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection backup`: a copy of a collection in use.
struct CollectionBackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy a collection as it is at one moment, while it is in use.",
    discussion: """
      The copy is a collection like any other. It has its name once it is complete.

      Example:
        needletail collection backup notes notes-monday
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Argument(help: ArgumentHelp("The folder of the copy, which must not be there yet.", valueName: "destination"))
  var destination: String

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readOnly)
    try await collection.backup(to: URL(filePath: destination))
    try await collection.close()
  }
}
