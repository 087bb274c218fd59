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
    let bar = ProgressBar("embedding", total: source.count, unit: "texts", quiet: quiet)
    defer { bar.finish() }
    try await forEachBatch(of: &source, bar, limit: 1024) { rows, progress in
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
    let writer = try StateWriter(output, columns: nil)
    let bar = ProgressBar("embedding", total: source.count, unit: "texts", quiet: quiet)
    defer { bar.finish() }
    try await forEachBatch(of: &source, bar, limit: 128) { rows, progress in
      for text in try await embedder.embed(rows.map(\.text), as: role, progress: progress) {
        try writer.append([text], stacked: false)
      }
    }
    try writer.finish()
  }

  private func refuseStates() throws {
    if tokens || allLayers || attention || layer != nil {
      throw ValidationError("--tokens, --layer, --all-layers and --attention need a model of dense vectors")
    }
  }
}
