internal import NeedletailTensor
internal import NeedletailTokenizers
internal import Synchronization

/// Takes tokenized texts to a row of values each, batch by batch on the threads of a team.
struct BatchRunner: Sendable {
  let team: ComputeTeam
  let workspaces: WorkspacePool
  /// About how many tokens a thread computes at a time.
  let budget: Int

  /// Computes a batch on one thread, `[texts, columns]`; it calls `check` now and then, and passes on what that throws.
  typealias Body =
    @Sendable (_ tokens: PackedTokens, _ workspace: Workspace, _ check: () throws -> Void) throws ->
    [Float]

  /// Tokens that are not worth waking another thread for to lead their work.
  static let fewTokens = 64

  /// Computes the texts, the longest first so that no thread is left with a long one at the end.
  ///
  /// - Parameters:
  ///   - chunks: The texts in their order.
  ///   - columns: Values of a row.
  ///   - sharesSteps: Whether the steps of a single batch are worth sharing among the threads.
  ///   - progress: Called with the number of texts that are done.
  ///   - body: Computes a batch.
  /// - Returns: A row for each text, in their order.
  func rows(
    of chunks: [PackedTokens], columns: Int, sharesSteps: Bool, spent: TimeSpent? = nil,
    progress: (@Sendable (Int) -> Void)? = nil,
    _ body: @escaping Body
  ) async throws -> Matrix {
    let batches = Batch.plan(chunks, budget: budget, threads: team.threads)
    let results = Results(rows: chunks.reduce(0) { $0 + $1.count }, columns: columns)
    let cancellation = CancellationFlag()
    @Sendable func compute(_ batch: Batch, with crew: Crew? = nil) throws {
      let rows = try workspaces.withWorkspace { workspace in
        workspace.crew = crew
        workspace.profile = spent.map { _ in Profile() }
        workspace.profile?.begin(.other)
        defer {
          workspace.profile?.begin(nil)
          if let profile = workspace.profile { spent?.add(profile) }
          (workspace.crew, workspace.profile) = (nil, nil)
        }
        return try workspace.scoped { try body(batch.tokens(of: chunks), workspace, cancellation.check) }
      }
      let done = results.write(rows, rows: batch.texts.map(\.position))
      progress?(done)
    }
    try await withTaskCancellationHandler {
      if batches.count == 1, sharesSteps {
        let tokens = batches[0].texts.reduce(0) { $0 + $1.length }
        try await team.lead(isShort: tokens <= Self.fewTokens) { crew in try compute(batches[0], with: crew) }
      } else {
        try await team.run(batches.count) { item in try compute(batches[item]) }
      }
    } onCancel: {
      cancellation.set()
    }
    return results.matrix()
  }
}

/// The rows of all texts while threads fill them in.
private final class Results: Sendable {
  private struct State {
    var matrix: Matrix
    var done = 0
  }

  private let state: Mutex<State>

  init(rows: Int, columns: Int) { state = Mutex(State(matrix: Matrix(rows: rows, columns: columns))) }

  /// Puts rows in their places and returns how many are there by now.
  func write(_ values: [Float], rows: [Int]) -> Int {
    state.withLock { state in
      let columns = state.matrix.columns
      for (index, row) in rows.enumerated() {
        for column in 0..<columns { state.matrix.values[row * columns + column] = values[index * columns + column] }
      }
      state.done += rows.count
      return state.done
    }
  }

  func matrix() -> Matrix { state.withLock { $0.matrix } }
}
