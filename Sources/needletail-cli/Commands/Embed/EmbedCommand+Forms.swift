import ArgumentParser
import Needletail
import NeedletailTensor

/// Models that make something else of a text than one vector.
extension EmbedCommand {
  /// Writes a line a text: its features that are not zero, and their words where they are asked for.
  func writeSparse(_ source: inout TextBatches) async throws {
    try refuseStates()
    guard format ?? .jsonl == .jsonl, output == "-" || chosenFormat == .jsonl else {
      throw ValidationError("sparse vectors are written as jsonl")
    }
    let embedder = try await SparseEmbedder(
      ModelSource(model.model), configuration: model.configuration, team: ComputeTeam(threads: model.threads))
    if let warning = embedder.warning, !quiet { StandardError.warn(warning) }
    let file = try OutputFile(output)
    try await eachBatch(of: &source, atATime: 1024) { rows, progress in
      let vectors = try await embedder.embed(rows.map(\.text), as: role, progress: progress)
      for (row, vector) in zip(rows, vectors) {
        var members: [(key: String, value: JSONValue)] = [
          ("id", row.id), ("indices", .array(vector.indices.map { .integer(Int($0)) })),
          ("values", .array(vector.values.map { .float($0) })),
        ]
        if words {
          let found = embedder.words(of: vector).map { (key: $0.token, value: JSONValue.float($0.weight)) }
          members.append(("words", .object(found)))
        }
        try file.append(Array((JSONValue.object(members).text() + "\n").utf8))
      }
      try file.flush()
    }
    try file.commit()
  }

  /// Writes a tensor a text, `[tokens, features]`, named by its position.
  func writeMultiVectors(_ source: inout TextBatches) async throws {
    try refuseStates()
    guard chosenFormat == .safetensors else {
      throw ValidationError("a model with a vector for each token needs --format safetensors")
    }
    guard !words else { throw ValidationError("--words needs a model of sparse vectors") }
    let embedder = try await MultiVectorEmbedder(
      ModelSource(model.model), configuration: model.configuration, team: ComputeTeam(threads: model.threads))
    let writer = try VectorWriter(output, format: .safetensors, columns: nil)
    try await eachBatch(of: &source, atATime: 128) { rows, progress in
      let texts = try await embedder.embed(rows.map(\.text), as: role, progress: progress)
      try writer.append(texts.map { [$0] }, stacked: false)
    }
    try writer.finish()
  }

  private func refuseStates() throws {
    if tokens || allLayers { throw ValidationError("--tokens and --all-layers need a model of dense vectors") }
  }

  /// Takes the texts some at a time, and shows how far they are.
  private func eachBatch(
    of source: inout TextBatches, atATime limit: Int,
    _ body: (_ rows: [TextRow], _ progress: @escaping @Sendable (Int) -> Void) async throws -> Void
  ) async throws {
    let bar = ProgressBar("embedding", total: source.count, unit: "texts", quiet: quiet)
    defer { bar.finish() }
    var done = 0
    while true {
      try Task.checkCancellation()
      let before = done
      let rows = try source.next(limit)
      guard !rows.isEmpty else { break }
      let fraction = source.fraction
      try await body(rows) { bar.advance(to: before + $0, fraction: nil) }
      done += rows.count
      bar.advance(to: done, fraction: fraction)
    }
  }
}
