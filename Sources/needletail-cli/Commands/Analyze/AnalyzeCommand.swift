import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail analyze`: what vectors are like.
struct AnalyzeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", abstract: "Find out what vectors are like.", subcommands: [CodesCommand.self])
}

/// `needletail analyze codes`: how few bits a user's vectors can do with.
struct CodesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes", abstract: "Compare the codes of exact search on your vectors: recall, bytes, speed.",
    usage: "needletail analyze codes [<options>] <vectors.npy>",
    discussion: """
      Each code, and cascades of codes, look for the nearest vectors that float32 finds. A row such as 1bit 160 > f32 \
      keeps 160 vectors by their signs and compares those as float32, which can stay in a file: BYTES counts what has \
      to be in memory. Without --queries up to 500 of the vectors are asked for, and do not find themselves.

      Example: needletail analyze codes vectors.npy --queries queries.npy --svg codes.svg
      """)

  @Argument(help: ArgumentHelp("Vectors, one a row: .npy, .fvecs, .bvecs or .ivecs.", valueName: "vectors.npy"))
  var vectors: String

  @Option(help: ArgumentHelp("Vectors to search for.", valueName: "file"))
  var queries: String?

  @Option(
    help: ArgumentHelp("What near means: ip, cosine or l2.", valueName: "name"),
    transform: { try BenchVectors.metric($0) })
  var metric = Metric.cosine

  @Option(help: ArgumentHelp("How many nearest vectors are wanted.", valueName: "n"))
  var limit = 10

  @Option(help: ArgumentHelp("How many threads compute; all processors by default.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Write a plot of bytes against recall, an SVG.", valueName: "file"))
  var svg: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1000).contains(limit) else { throw ValidationError("--limit should be 1 to 1000, found \(limit)") }
  }

  func run() async throws {
    let kernels = try Kernels.preferred()
    let base = try Self.read(vectors, kernels)
    let asked = try queries.map { try Self.read($0, kernels) }
    if let asked, asked.columns != base.columns {
      throw TensorError(
        .mismatch, queries ?? "", "has vectors of \(asked.columns) values; those of \(vectors) have \(base.columns)")
    }
    let comparison = CodeComparison(vectors: base, queries: asked, metric: metric, limit: limit, kernels: kernels)
    let bar = ProgressBar("comparing", total: comparison.count, unit: "codes", quiet: output.quiet)
    defer { bar.finish() }
    let rows = try await comparison.run(on: ComputeTeam(threads: threads)) { bar.advance(to: $0) }
    bar.finish()
    if let svg {
      let file = try OutputFile(svg)
      try file.append(Array(plot(rows).svg().utf8))
      try file.commit()
    }
    output.json ? try StandardOutput.print(json(rows).text(indented: true)) : try printTable(table(rows))
  }

  private static func read(_ path: String, _ kernels: Kernels) throws -> Matrix {
    let file = try VectorFile(URL(filePath: path), kernels: kernels)
    guard file.rows > 0 else { throw TensorError(.malformed, path, "holds no vectors") }
    return try file.matrix(0..<file.rows)
  }

  private func table(_ rows: [CodeComparison.Row]) -> [[String]] {
    [["CODE", "RECALL@\(limit)", "BYTES", "IN A FILE", "QUERIES/S", "BUILD S"]]
      + rows.map { row in
        [
          row.name, row.recall.rounded(digits: 4), row.bytesPerVector.rounded(digits: 1), "\(row.fileBytesPerVector)",
          row.queriesPerSecond.rounded(digits: 0), row.buildSeconds.rounded(digits: 2),
        ]
      }
  }

  private func json(_ rows: [CodeComparison.Row]) -> JSONValue {
    .object([
      "vectors": .string(vectors), "metric": .string(metric.rawValue), "limit": .integer(limit),
      "codes": .array(
        rows.map { row in
          .object([
            "name": .string(row.name), "recall": .double(row.recall), "bytes_per_vector": .double(row.bytesPerVector),
            "file_bytes_per_vector": .integer(row.fileBytesPerVector), "qps": .double(row.queriesPerSecond),
            "build_seconds": .double(row.buildSeconds),
          ])
        }),
    ])
  }

  private func plot(_ rows: [CodeComparison.Row]) -> ScatterPlot {
    ScatterPlot(
      title: "Codes of \(URL(filePath: vectors).lastPathComponent), \(metric.rawValue)",
      xLabel: "bytes in memory for a vector", yLabel: "recall@\(limit)",
      points: rows.map { .init(name: $0.name, x: max(1, $0.bytesPerVector), y: $0.recall) })
  }
}
