import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection compact`: one index, and no room for what is gone.
struct CollectionCompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact", abstract: "Put all vectors into one index, and give the room of deleted documents back.",
    discussion: """
      Damaged index files are made again. Searches go on meanwhile.

      Example:
        needletail collection compact notes
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @Flag(help: "Show neither progress nor remarks.")
  var quiet = false

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readWrite)
    let bar = ProgressBar("compacting", total: nil, unit: "steps", quiet: quiet)
    defer { bar.finish() }
    try await collection.compact { done, total in bar.advance(to: done, fraction: Double(done) / Double(max(total, 1)))
    }
    try await collection.close()
  }
}
