import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An index of the vectors of a file, with what building it took.
struct MeasuredIndex {
  /// How long storing the vectors took, reading the file included; `nil` where the index came from a file.
  private(set) var seconds: Double?
  private(set) var kind: Kind

  enum Kind {
    case graph(GraphIndex)
    case exact(ExactIndex)
  }

  /// - Parameter saved: A file to read a graph from; where it is missing, the graph is built and written to it.
  init(
    _ file: VectorFile, metric: Metric, exact: Bool = false, file saved: String? = nil, kernels: Kernels,
    team: ComputeTeam, quiet: Bool
  ) async throws {
    if let saved, FileManager.default.fileExists(atPath: saved) {
      var index = try GraphIndex(contentsOf: saved, kernels: kernels)
      guard index.dimension == file.columns, index.metric == metric, index.positions == file.rows else {
        throw TensorError(
          .mismatch, saved,
          "is an index of \(index.positions) vectors of \(index.dimension) values by \(index.metric.rawValue); "
            + "\(file.rows) of \(file.columns) by \(metric.rawValue) are stored. Name another file, or remove this one")
      }
      // Removing nothing takes it out of the mapped file into memory, where one that was just built is.
      try await index.remove([], on: team)
      if file.type == .float32, file.path.hasSuffix(".npy") { try index.compare(with: file) }
      kind = .graph(index)
      return
    }
    let bar = ProgressBar("building", total: file.rows, unit: "vectors", quiet: quiet)
    defer { bar.finish() }
    let start = ContinuousClock.now
    if exact {
      kind = .exact(try ExactIndex(file, metric: metric, kernels: kernels) { bar.advance(to: $0) })
    } else {
      var index = try await GraphIndex.build(
        count: file.rows, dimension: file.columns, metric: metric, kernels: kernels, on: team,
        progress: { bar.advance(to: $0) }, rows: { try file.matrix($0) })
      if file.type == .float32, file.path.hasSuffix(".npy") { try index.compare(with: file) }
      kind = .graph(index)
    }
    seconds = (ContinuousClock.now - start) / .seconds(1)
    if let saved, case .graph(let index) = kind { try index.write(to: saved) }
  }

  /// What the index holds in memory for a vector; float32 vectors in a mapped file are not counted.
  var bytesPerVector: Double {
    switch kind {
    case .graph(let index): index.bytesPerVector
    case .exact(let index): Double(index.bytes) / Double(max(1, index.count))
    }
  }

  var settings: JSONValue {
    switch kind {
    case .graph(let index):
      .object([
        "index": .string("graph"), "code": .string("4+4 bits"), "degree": .integer(index.settings.degree),
        "build_width": .integer(index.settings.buildWidth), "alpha": .double(Double(index.settings.alpha)),
        "compared_exactly": .boolean(index.exactValues != nil),
      ])
    case .exact: .object(["index": .string("exact"), "code": .string("float32")])
    }
  }

  /// Measures which walks reach which recall, on queries like those that will be asked.
  mutating func calibrate(with queries: Matrix, on team: ComputeTeam) async throws {
    guard case .graph(var index) = kind else { return }
    try await index.calibrate(with: queries, on: team)
    kind = .graph(index)
  }

  func search(_ queries: Matrix, limit: Int, effort: SearchEffort, on team: ComputeTeam) async throws -> [[Hit]] {
    switch kind {
    case .graph(let index): try await index.search(queries, limit: limit, effort: effort, on: team)
    case .exact(let index): try await index.search(queries, limit: limit, on: team)
    }
  }
}
