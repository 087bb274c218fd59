import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The vectors that an index is measured with, and how they are searched for.
struct BenchVectors: ParsableArguments {
  @Option(help: ArgumentHelp("The vectors to store.", valueName: "file"))
  var base: String

  @Option(help: ArgumentHelp("The vectors to search for.", valueName: "file"))
  var queries: String

  @Option(
    help: ArgumentHelp("What near means: cosine, l2 or ip.", valueName: "metric"),
    transform: { try BenchVectors.metric($0) })
  var metric = Metric.cosine

  @Option(help: ArgumentHelp("How many of the nearest vectors are to be found, 0.5 to 1.", valueName: "part"))
  var recall = 0.95

  @Option(help: ArgumentHelp("How many vectors are found for a query.", valueName: "n"))
  var limit = 10

  @Option(help: ArgumentHelp("Threads that search; all processors by default.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    guard (0.5...1).contains(recall) else { throw ValidationError("--recall should be 0.5 to 1, found \(recall)") }
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit should be 1 to 10000, found \(limit)") }
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads should be 1 to 1024, found \(threads ?? 1)")
    }
  }

  /// Maps the vectors to store and reads those to search for.
  func open(_ kernels: Kernels) throws -> (stored: VectorFile, asked: Matrix) {
    let stored = try VectorFile(URL(filePath: base), kernels: kernels)
    let asked = try VectorFile(URL(filePath: queries), kernels: kernels)
    guard asked.columns == stored.columns else {
      throw TensorError(
        .mismatch, queries, "has vectors of \(asked.columns) values, those of \(base) have \(stored.columns)")
    }
    return (stored, try asked.matrix(0..<asked.rows))
  }

  /// How many of the queries calibrate an index, as a user's own would.
  static let calibrationQueries = 300

  /// Some of the queries, spread over all.
  static func sample(_ queries: Matrix) -> Matrix {
    let step = max(1, queries.rows / calibrationQueries)
    let some = Array(stride(from: 0, to: queries.rows, by: step).prefix(calibrationQueries))
    return Matrix(rows: some.count, columns: queries.columns, values: some.flatMap { queries[row: $0] })
  }

  static func metric(_ name: String) throws -> Metric {
    guard let metric = Metric(rawValue: name) else {
      throw ValidationError("--metric should be cosine, l2 or ip, found \(name)")
    }
    return metric
  }
}

/// Parts of a whole, as `--shares` names them.
struct Shares: ExpressibleByArgument {
  let values: [Double]

  init(_ values: [Double]) { self.values = values }

  init?(argument: String) {
    let values = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? 0 }
    guard values.allSatisfy({ $0 > 0 && $0 <= 1 }) else { return nil }
    self.values = values
  }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
