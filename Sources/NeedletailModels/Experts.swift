internal import NeedletailTensor

/// A feed-forward block of several, of which each token takes a few: output = Σ pₑ · downₑ(activation(upₑ(x))) + bias over
/// the experts e with the largest p = softmax(router(x)), whose weights are not made to sum to 1.
///
/// Nussbaum and Duderstadt 2025, arXiv:2502.07972 (NomicBERT v2).
struct Experts: Sendable {
  let router: Linear
  let up: [Linear]
  let down: [Linear]
  let bias: FloatTensor
  /// How many of them a token takes.
  let taken: Int

  /// Adds what the experts give for `input` to the rows.
  ///
  /// A row's sum runs over its experts in their order, whatever rows are computed with it.
  func forward(_ input: Block, to rows: Block, in workspace: Workspace) {
    let choices = choices(input, in: workspace)
    // The rows may be the input, which each expert reads.
    let sum = workspace.allocate(rows: rows.rows, columns: rows.columns)
    workspace.fill(sum, 0)
    for expert in up.indices {
      let chosen = choices.indices.filter { choices[$0][expert] != nil }
      guard !chosen.isEmpty else { continue }
      workspace.scoped {
        let some = workspace.allocate(rows: chosen.count, columns: input.columns)
        for (place, row) in chosen.enumerated() {
          workspace.copy(input.rows(row..<row + 1), to: some.rows(place..<place + 1))
        }
        let wide = workspace.allocate(rows: chosen.count, columns: up[expert].outputs)
        workspace.spending(on: .up) { up[expert].forward(some, to: wide, in: workspace) }
        workspace.spending(on: .down) { down[expert].forward(wide, to: some, in: workspace) }
        for (place, row) in chosen.enumerated() {
          workspace.add(
            some.rows(place..<place + 1), times: choices[row][expert] ?? 0, to: sum.rows(row..<row + 1))
        }
      }
    }
    for row in 0..<rows.rows { workspace.add(bias, to: sum.rows(row..<row + 1)) }
    workspace.add(sum, to: rows)
  }

  /// For each row the weight of each expert that it takes.
  private func choices(_ input: Block, in workspace: Workspace) -> [[Float?]] {
    let logits = workspace.scoped {
      let logits = workspace.allocate(rows: input.rows, columns: up.count)
      router.forward(input, to: logits, in: workspace)
      return workspace.values(of: logits)
    }
    return (0..<input.rows).map { row in
      let values = logits[row * up.count..<(row + 1) * up.count]
      let order = values.indices.sorted { values[$0] > values[$1] || values[$0] == values[$1] && $0 < $1 }
      var choice = [Float?](repeating: nil, count: up.count)
      for index in order.prefix(taken) {
        choice[index - values.startIndex] = Probabilities.share(of: index - values.startIndex, values)
      }
      return choice
    }
  }
}
