internal import NeedletailModels
package import NeedletailTensor
internal import NeedletailTokenizers

/// A token of a text that is compared with another.
package struct ExplainedToken: Sendable, Equatable {
  /// As the vocabulary spells it.
  package let text: String
  /// The Unicode scalars of the text that it covers; `nil` for tokens of a prompt and special ones.
  package let range: Range<Int>?
  /// Whether it stands for nothing in the text.
  package let isSpecial: Bool
}

/// Which tokens make two texts alike.
package struct LikenessExplanation: Sendable {
  /// The cosine of the texts' vectors.
  package let score: Float
  package let query: [ExplainedToken]
  package let text: [ExplainedToken]
  /// `[query tokens, text tokens]`: what each pair adds to the score, or the cosine of the two states.
  package let matrix: Matrix
  /// Whether the matrix adds up to the score.
  package let addsUp: Bool
}

extension Embedder {
  /// How much the tokens of a query and of a text have to do with the texts' likeness.
  ///
  /// A mean of token vectors q₁…qₙ has with another of t₁…tₘ the cosine Σᵢⱼ qᵢ·tⱼ / (n m |q| |t|), so that each pair of
  /// tokens has its part in it. Where other modules follow or another pooling is used, there are no such parts, and the
  /// cosines of the states stand in for them.
  ///
  /// - Parameters:
  ///   - query: Embedded as a query.
  ///   - text: Embedded as a document.
  /// - Throws: What embedding throws.
  /// - Complexity: O(tokens of both · dimension), beside embedding.
  package func explanation(of query: String, and text: String) async throws -> LikenessExplanation {
    let first = try await comparedTokens(query, as: .query)
    let second = try await comparedTokens(text, as: .document)
    let addsUp = first.isMean && second.isMean
    let vectors = (
      query: try await embed(query, as: .query)[...], text: try await embed(text, as: .document)[...]
    )
    let lengths = (kernels.dot(vectors.query, vectors.query) * kernels.dot(vectors.text, vectors.text)).squareRoot()
    let score = lengths > 0 ? kernels.dot(vectors.query, vectors.text) / lengths : 0
    var matrix = Matrix(rows: first.states.rows, columns: second.states.rows)
    let scales = addsUp ? (first.shares(), second.shares()) : (first.inverseLengths(), second.inverseLengths())
    var products = [Float](repeating: 0, count: matrix.columns)
    for row in 0..<matrix.rows {
      try Task.checkCancellation()
      kernels.dots(first.states[row: row], second.states.values[...], to: &products)
      for column in 0..<matrix.columns {
        matrix.values[row * matrix.columns + column] = Float(
          Double(products[column]) * scales.0[row] * scales.1[column])
      }
    }
    return LikenessExplanation(
      score: score, query: first.tokens, text: second.tokens, matrix: matrix, addsUp: addsUp)
  }

  private func comparedTokens(_ text: String, as role: TextRole) async throws -> ComparedTokens {
    let embedder = try routed(for: role)
    let prompt = try prompts.text(for: role, configuration.prompt)
    let chunks = try await embedder.tokenize([text], as: role, prompt: prompt)
    let ids = PackedTokens(joining: chunks).ids
    let skipped: Int
    let states: Matrix
    var isMean = false
    switch embedder.pipeline.encoder {
    case .transformer(_, let reduction):
      states = try await embedder.tokenStates(of: PackedTokens(joining: chunks)).first ?? Matrix(rows: 0, columns: 0)
      if case .pooling(let pooling) = reduction, pooling.modes == [.mean] {
        isMean = true
        skipped = pooling.includesPrompt ? 0 : min(try embedder.promptLength(prompt), states.rows)
      } else {
        skipped = 0
      }
    case .table(let table):
      states = try workspaces.withWorkspace { workspace in
        try workspace.scoped {
          let rows = workspace.allocate(rows: ids.count, columns: table.dimension)
          for token in ids.indices {
            try table.forward(ids[token...token], to: rows.rows(token..<token + 1), in: workspace)
          }
          return Matrix(rows: ids.count, columns: table.dimension, values: workspace.values(of: rows))
        }
      }
      (isMean, skipped) = (true, 0)
    }
    let isDirect = embedder.pipeline.modules.allSatisfy { if case .normalize = $0 { true } else { false } }
    return ComparedTokens(
      tokens: try embedder.explainedTokens(text, prompt: prompt, ids: ids), states: states, skipped: skipped,
      isMean: isMean && isDirect && configuration.dimensions == nil)
  }

  /// The tokens with their places in the text, where reading it again gives the same ones.
  private func explainedTokens(_ text: String, prompt: String, ids: [Int32]) throws -> [ExplainedToken] {
    let encoding = try tokenizer.encode(prompt + text + pipeline.ending, options: encodingOptions)
    let (start, end) = (prompt.unicodeScalars.count, prompt.unicodeScalars.count + text.unicodeScalars.count)
    let isSame = encoding.ids == ids
    return ids.indices.map { place in
      let isSpecial = isSame ? encoding.specialTokensMask[place] : tokenizer.isSpecial(ids[place])
      let range = isSame && !isSpecial ? encoding.offsets[place] : nil
      let own = range.flatMap { $0.upperBound > start && $0.lowerBound < end ? $0 : nil }
      return ExplainedToken(
        text: tokenizer.token(forID: ids[place]) ?? "",
        range: own.map { max(0, $0.lowerBound - start)..<min(end, $0.upperBound) - start }, isSpecial: isSpecial)
    }
  }
}

/// The tokens of one text as they are compared.
private struct ComparedTokens {
  let tokens: [ExplainedToken]
  /// `[tokens, features]`.
  let states: Matrix
  /// Leading tokens that pooling passes over.
  let skipped: Int
  /// Whether the text's vector is the mean of the others, but for its length.
  let isMean: Bool

  /// What makes a token's product its part of the cosine: 1 / (tokens · length of the mean), 0 for those passed over.
  func shares() -> [Double] {
    let kept = states.rows - skipped
    var sum = [Double](repeating: 0, count: states.columns)
    for row in skipped..<states.rows {
      for (feature, value) in states[row: row].enumerated() { sum[feature] += Double(value) }
    }
    let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // The mean's length times the number of tokens is the length of the sum.
    let share = kept > 0 && length > 0 ? 1 / length : 0
    return (0..<states.rows).map { $0 < skipped ? 0 : share }
  }

  func inverseLengths() -> [Double] {
    (0..<states.rows).map { row in
      let square = states[row: row].reduce(0.0) { $0 + Double($1) * Double($1) }
      return square > 0 ? 1 / square.squareRoot() : 0
    }
  }
}
