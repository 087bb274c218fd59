internal import NeedletailTensor
internal import NeedletailTokenizers
internal import Synchronization

/// Takes tokenized texts to their results, batch by batch on the threads of a team.
struct BatchRunner: Sendable {
  let team: ComputeTeam
  let workspaces: WorkspacePool
  /// About how many tokens a thread computes at a time.
  let budget: Int
  /// Whether the steps of a single batch are worth sharing among the threads: the model computes more than it looks up.
  let sharesSteps: Bool

  /// Tokens that are not worth waking another thread for to lead their work.
  static let fewTokens = 64

  /// Computes a row of values for each text.
  ///
  /// - Parameters:
  ///   - chunks: The texts in their order.
  ///   - columns: Values of a row.
  ///   - spent: Where the time that each part takes is noted.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  ///   - body: Computes the rows of a batch on one thread, `[texts, columns]`; it calls `check` now and then, and passes
  ///     on what that throws.
  /// - Returns: A row for each text, in their order.
  func rows(
    of chunks: [PackedTokens], columns: Int, spent: TimeSpent? = nil, progress: (@Sendable (Int) -> Void)? = nil,
    _ body:
      @escaping @Sendable (_ tokens: PackedTokens, _ workspace: Workspace, _ check: () throws -> Void) throws -> [Float]
  ) async throws -> Matrix {
    try await gather(chunks, spent: spent, progress: progress) { count in
      Matrix(rows: count, columns: columns)
    } computing: { tokens, _, workspace, check in
      try body(tokens, workspace, check)
    } writing: { matrix, rows, places in
      for (index, row) in places.enumerated() {
        for column in 0..<columns { matrix.values[row * columns + column] = rows[index * columns + column] }
      }
    }
  }

  /// Computes a result for each text.
  ///
  /// - Parameters:
  ///   - chunks: The texts in their order.
  ///   - progress: Called now and then, from any thread, with the number of texts that are done.
  ///   - body: Computes the results of a batch on one thread, `places` saying which texts they are; it calls `check` now
  ///     and then, and passes on what that throws.
  /// - Returns: One result a text, in their order.
  func results<Result: Sendable>(
    of chunks: [PackedTokens], progress: (@Sendable (Int) -> Void)? = nil,
    _ body:
      @escaping @Sendable (
        _ tokens: PackedTokens, _ places: [Int], _ workspace: Workspace, _ check: () throws -> Void
      ) throws -> [Result]
  ) async throws -> [Result] {
    let results = try await gather(chunks, spent: nil, progress: progress) { count in
      [Result?](repeating: nil, count: count)
    } computing: { tokens, places, workspace, check in
      try body(tokens, places, workspace, check)
    } writing: { all, values, places in
      for (value, place) in zip(values, places) { all[place] = value }
    }
    return results.compactMap(\.self)
  }

  /// Computes the batches, the longest texts first so that no thread is left with a long one at the end, and writes what
  /// each gives to its places in what `empty` made for so many texts.
  private func gather<Values, All: Sendable>(
    _ chunks: [PackedTokens], spent: TimeSpent?, progress: (@Sendable (Int) -> Void)?, into empty: (Int) -> All,
    computing body:
      @escaping @Sendable (
        _ tokens: PackedTokens, _ places: [Int], _ workspace: Workspace, _ check: () throws -> Void
      ) throws -> Values,
    writing write: @escaping @Sendable (_ all: inout All, _ values: Values, _ places: [Int]) -> Void
  ) async throws -> All {
    let batches = Batch.plan(chunks, budget: budget, threads: team.threads)
    let gathered = Gathered(empty(chunks.reduce(0) { $0 + $1.count }))
    let cancellation = CancellationFlag()
    @Sendable func compute(_ batch: Batch, with crew: Crew? = nil) throws {
      let places = batch.texts.map(\.position)
      let values = try workspaces.withWorkspace { workspace in
        workspace.crew = crew
        workspace.profile = spent.map { _ in Profile() }
        workspace.profile?.begin(.other)
        defer {
          workspace.profile?.begin(nil)
          if let profile = workspace.profile { spent?.add(profile) }
          (workspace.crew, workspace.profile) = (nil, nil)
        }
        return try workspace.scoped { try body(batch.tokens(of: chunks), places, workspace, cancellation.check) }
      }
      let done = gathered.add(places.count) { write(&$0, values, places) }
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
    return gathered.all()
  }
}

/// What all texts give while threads fill it in.
private final class Gathered<All: Sendable>: Sendable {
  private let state: Mutex<(all: All, done: Int)>

  init(_ empty: All) { state = Mutex((empty, 0)) }

  /// Writes what some texts give, and returns how many are there by now.
  func add(_ texts: Int, _ write: (inout All) -> Void) -> Int {
    state.withLock { state in
      write(&state.all)
      state.done += texts
      return state.done
    }
  }

  func all() -> All { state.withLock { $0.all } }
}
