import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection verify`: whether everything is as it was written.
struct CollectionVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check every document, vector and index file of a collection.",
    discussion: """
      Changes nothing. Ends with status 1 where something is wrong. Damaged index files are made again by compact; for a \
      damaged database there are backups.

      Example:
        needletail collection verify notes --json
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readOnly)
    let found = try await collection.verify()
    try await collection.close()
    if output.json {
      let report: JSONValue = .object([
        "ok": .boolean(found.isSound), "documents": .integer(found.documents),
        "problems": .array(found.problems.map { .string($0) }),
      ])
      try StandardOutput.print(report.text())
    } else {
      for problem in found.problems { try StandardOutput.print(StandardError.oneLine(problem)) }
      if found.isSound { try StandardOutput.print("\(found.documents) documents, all as they were written") }
    }
    try StandardOutput.flush()
    if !found.isSound { throw ExitCode(1) }
  }
}
