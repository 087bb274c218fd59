internal import NeedletailTensor
internal import NeedletailTokenizers
internal import Synchronization

/// Running a model over tokenized texts in batches, for results that are no rows of one matrix.
struct BatchRun: Sendable {
  let team: ComputeTeam
  let workspaces: WorkspacePool
  /// About how many tokens a thread computes at a time.
  let batchTokens: Int
  /// Whether the model computes more than it looks up.
  let isDeep: Bool

  /// Computes a result for each text.
  ///
  /// - Parameters:
  ///   - chunks: The tokenized texts, in their order.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  ///   - body: Computes the results of a batch on one thread, `places` saying which texts they are; calls `check` now
  ///     and then, and ends with what it throws.
  /// - Returns: One result a text, in the order of the texts.
  func results<Result: Sendable>(
    _ chunks: [PackedTokens], progress: (@Sendable (Int) -> Void)? = nil,
    _ body:
      @escaping @Sendable (
        _ tokens: PackedTokens, _ places: [Int], _ workspace: Workspace, _ check: () throws -> Void
      ) throws -> [Result]
  ) async throws -> [Result] {
    let batches = Batch.plan(chunks, budget: batchTokens, threads: team.threads)
    let cancellation = CancellationFlag()
    let results = Gathered<Result>(count: chunks.reduce(0) { $0 + $1.count })
    @Sendable func run(_ batch: Batch, with crew: Crew? = nil) throws {
      let places = batch.texts.map(\.position)
      let values = try workspaces.withWorkspace { workspace in
        workspace.crew = crew
        defer { workspace.crew = nil }
        return try workspace.scoped { try body(batch.tokens(of: chunks), places, workspace, cancellation.check) }
      }
      let done = results.write(values, to: places)
      progress?(done)
    }
    try await withTaskCancellationHandler {
      if batches.count == 1, isDeep {
        let tokens = batches[0].texts.reduce(0) { $0 + $1.length }
        try await team.lead(isShort: tokens <= BatchRunner.fewTokens) { crew in try run(batches[0], with: crew) }
      } else {
        try await team.run(batches.count) { item in try run(batches[item]) }
      }
    } onCancel: {
      cancellation.set()
    }
    return results.values()
  }
}

/// The results of all texts while threads fill them in.
private final class Gathered<Result: Sendable>: Sendable {
  private struct State {
    var values: [Result?]
    var done = 0
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(values: [Result?](repeating: nil, count: count))) }

  /// Puts results in their places and returns how many are there by now.
  func write(_ values: [Result], to places: [Int]) -> Int {
    state.withLock { state in
      for (value, place) in zip(values, places) { state.values[place] = value }
      state.done += places.count
      return state.done
    }
  }

  func values() -> [Result] { state.withLock { $0.values.compactMap(\.self) } }
}
