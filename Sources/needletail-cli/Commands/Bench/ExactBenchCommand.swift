import ArgumentParser
import Needletail

/// `needletail bench exact`: how near exact search comes to the machine's limits.
struct ExactBenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exact", abstract: "Measure how near exact search comes to this machine's limits.",
    usage: "needletail bench exact [<options>]",
    discussion: """
      One query over many vectors is held against reading memory, many queries over few vectors against arithmetic: \
      float32 and 8-bit operations, and bits compared and counted. All is measured in the same run, the best of several \
      passes, from queries to sorted hits.

      Example: needletail bench exact --threads 4
      """)

  @Option(help: ArgumentHelp("How many values vectors have.", valueName: "n"))
  var dimensions = 384

  @Option(help: ArgumentHelp("How many threads compute; all processors by default.", valueName: "n"))
  var threads: Int?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (64...4096).contains(dimensions) else {
      throw ValidationError("--dimensions should be 64 to 4096, found \(dimensions)")
    }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads should be 1 to 1024, found \(threads ?? 1)")
    }
  }

  func run() async throws {
    let kernels = try Kernels.preferred()
    let speed = try await ExactSpeed(dimension: dimensions, kernels: kernels, team: ComputeTeam(threads: threads))
    if output.json {
      let scans = speed.rows.map { row in
        JSONValue.object([
          "code": .string(row.code.rawValue), "vectors": .integer(row.vectors), "queries": .integer(row.queries),
          "bound": .string(row.bound.rawValue), "rate": .double(row.rate), "share": .double(row.share),
        ])
      }
      let result = JSONValue.object([
        "kernels": .string(kernels.name), "threads": .integer(speed.limits.threads),
        "dimension": .integer(dimensions),
        "machine": .object([
          "memory_bytes_per_second": .double(speed.limits.memory),
          "f32_operations_per_second": .double(speed.limits.float32),
          "int8_operations_per_second": .double(speed.limits.int8), "bits_per_second": .double(speed.limits.bits),
        ]),
        "scans": .array(scans),
      ])
      try StandardOutput.print(result.text(indented: true))
    } else {
      let rows = speed.rows.map { row in
        [
          row.code.rawValue, "\(row.vectors)", "\(row.queries)", row.bound.rawValue,
          (row.rate / 1e9).rounded(digits: 1) + " G/s", (row.share * 100).rounded(digits: 1) + " %",
        ]
      }
      try printTable([["CODE", "VECTORS", "QUERIES", "BOUND", "REACHED", "OF IT"]] + rows)
    }
  }
}
