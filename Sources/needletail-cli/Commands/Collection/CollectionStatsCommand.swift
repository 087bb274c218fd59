import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail collection stats`: how much a collection holds.
struct CollectionStatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show how much a collection holds, and where.",
    discussion: """
      Example:
        needletail collection stats notes --json | jq .documents
      """)

  @Argument(help: ArgumentHelp("The collection's folder.", valueName: "collection"))
  var collection: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let collection = try await DocumentCollection(at: URL(filePath: collection), mode: .readOnly)
    let found = try await collection.statistics()
    try await collection.close()
    if output.json {
      try StandardOutput.print(found.json.text(indented: true))
    } else {
      try printTable(found.rows)
    }
  }
}

extension CollectionStatistics {
  /// Bytes of the sealed files.
  private var segmentBytes: Int { segments.reduce(0) { $0 + $1.bytes } }

  fileprivate var json: JSONValue {
    .object([
      "documents": .integer(documents), "vectors": .integer(vectors), "unsealed_vectors": .integer(unsealed),
      "dimension": .integer(dimension), "metric": .string(metric.rawValue),
      "fields": .array(fields.map { .string($0) }), "model": model.map { .string($0) } ?? .null,
      "compensations": .array(compensations.map(\.json)),
      "reembedded_documents": reembedded.map { .integer($0) } ?? .null, "format": .integer(format),
      "database_bytes": .integer(databaseBytes), "segment_bytes": .integer(segmentBytes),
      "segments": .array(
        segments.map {
          .object([
            "name": .string($0.name), "field": .string($0.field), "vectors": .integer($0.rows),
            "removed": .integer($0.removed), "bytes": .integer($0.bytes),
          ])
        }),
      "problems": .array(problems.map { .string($0) }),
    ])
  }

  fileprivate var rows: [[String]] {
    var rows = [
      ["documents", "\(documents)"], ["vectors", "\(vectors), \(unsealed) of them in no segment"],
      ["dimension", "\(dimension), \(metric.rawValue)"], ["fields", fields.joined(separator: ", ")],
      ["model", model.map { "\($0.prefix(16))…" } ?? "none: vectors are the caller's"],
      ["database", ByteText.short(databaseBytes)], ["segments", "\(segments.count), \(ByteText.short(segmentBytes))"],
    ]
    for adapted in compensations { rows.append(["adapted to", "\(adapted.model.prefix(16))…: \(adapted.shown)"]) }
    if let reembedded {
      rows.append(["reembedding", "\(reembedded) of \(documents) documents; the same command goes on"])
    }
    for problem in problems { rows.append(["problem", problem]) }
    return rows
  }
}
