package import NeedletailEmbedding
package import NeedletailTensor
package import NeedletailTokenizers

/// What a distillation asks of a model: its tokens, and the states that it gives them.
package struct StaticTeacher: Sendable {
  /// Cuts text into tokens.
  package let tokenizer: Tokenizer
  /// The last states of every text of a batch, `[tokens, hidden]` each; a text's states do not depend on the batch.
  package let states: @Sendable (PackedTokens) async throws -> [Matrix]
  /// What stands before and after the tokens of every text.
  let opening: [Int32]
  let closing: [Int32]

  /// - Parameter states: The last states of every text of a batch, `[tokens, hidden]` each.
  package init(
    tokenizer: Tokenizer, states: @escaping @Sendable (PackedTokens) async throws -> [Matrix]
  ) throws {
    self.tokenizer = tokenizer
    self.states = states
    let probe = try tokenizer.encode("a")
    opening = zip(probe.ids, probe.specialTokensMask).prefix { $0.1 }.map(\.0)
    closing = zip(probe.ids, probe.specialTokensMask).reversed().prefix { $0.1 }.map(\.0).reversed()
  }

  /// Takes the states before pooling of an embedding model.
  package init(_ embedder: Embedder) throws {
    try self.init(tokenizer: embedder.tokenizer) { try await embedder.tokenStates(of: $0) }
  }

  /// Adds tokens as one text to a batch, between the special tokens.
  func append(_ ids: some Collection<Int32>, to batch: inout PackedTokens) {
    batch.append(ids: opening + ids + closing)
  }

  /// The states of the tokens that ``append(_:to:)`` was given, for every text of the batch.
  func ownStates(of batch: PackedTokens) async throws -> [ArraySlice<Float>] {
    let matrices = try await states(batch)
    guard matrices.count == batch.count else {
      throw TrainingError(.teacher, "teacher", "gave states of \(matrices.count) texts for \(batch.count)")
    }
    return try matrices.enumerated().map { index, matrix in
      guard matrix.rows == batch.range(index).count, matrix.columns > 0 else {
        throw TrainingError(.teacher, "teacher", "gave \(matrix.rows) states for \(batch.range(index).count) tokens")
      }
      guard matrix.values.allSatisfy(\.isFinite) else {
        throw TrainingError(.teacher, "teacher", "gave states that are not finite")
      }
      return matrix.values[opening.count * matrix.columns..<(matrix.rows - closing.count) * matrix.columns]
    }
  }
}
