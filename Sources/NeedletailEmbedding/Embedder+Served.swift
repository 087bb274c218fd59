package import NeedletailTensor
package import NeedletailTokenizers

/// The steps of embedding one by one, for those who put texts of several callers into one batch.
extension Embedder {
  /// The same model with settings of one call: prompt, length, dimensions.
  ///
  /// - Throws: ``EmbeddingError`` with code `.request` for settings that the model cannot have.
  package func changed(_ change: (inout EmbedderConfiguration) -> Void) throws(EmbeddingError) -> Embedder {
    var configuration = configuration
    change(&configuration)
    try configuration.checkLength()
    return try Embedder(self, configuration: configuration)
  }

  /// The same model cutting long texts at this side.
  package func truncating(at side: Truncation.Direction) throws(EmbeddingError) -> Embedder {
    var routes = routes
    try routes.change { (pipeline) throws(EmbeddingError) in pipeline.truncationSide = side }
    return Embedder(self, routes: routes)
  }

  /// The same model without the normalisation that is its last module; itself where there is none.
  package func unnormalized() throws(EmbeddingError) -> Embedder {
    var routes = routes
    try routes.change { (pipeline) throws(EmbeddingError) in pipeline.removeNormalization() }
    return Embedder(self, routes: routes)
  }

  /// Whether the model computes more than it looks up, so that several threads may share one text.
  package var isDeep: Bool { pipeline.isDeep }

  /// Texts as the model reads them, prompt and special tokens included, cut at ``maximumLength``; some texts a chunk.
  package func tokens(of texts: [String], as role: TextRole) async throws -> [PackedTokens] {
    let prompt = try prompts.text(for: role, configuration.prompt)
    return try await routed(for: role).tokenize(texts, as: role, prompt: prompt)
  }

  /// How many tokens each text would have for the model if nothing were cut.
  package func wholeTokenCounts(_ texts: [String], as role: TextRole) async throws -> [Int] {
    let overhead = try overhead(as: role)
    return try await ownTokenCounts(texts).map { $0 + overhead }
  }

  /// How many leading tokens of each text belong to the prompt of a role.
  package func promptLength(as role: TextRole) throws -> Int {
    try routed(for: role).promptLength(try prompts.text(for: role, configuration.prompt))
  }

  /// The vectors of a batch, computed on this thread, all dimensions of them.
  ///
  /// - Parameters:
  ///   - tokens: What ``tokens(of:as:)`` gave for texts of this role.
  ///   - promptLength: Leading tokens of every text that belong to the prompt.
  ///   - crew: Threads that share the steps; `nil` for none.
  ///   - check: Called now and then; what it throws ends the run.
  /// - Returns: `[texts, features]`, row by row.
  package func vectors(
    of tokens: PackedTokens, as role: TextRole, promptLength: Int, crew: Crew?, check: () throws -> Void
  ) throws -> [Float] {
    let pipeline = try routes.route(for: role)
    return try workspaces.withWorkspace { workspace in
      workspace.crew = crew
      defer { workspace.crew = nil }
      return try workspace.scoped {
        try finite(pipeline.forward(tokens, promptLength: promptLength, in: workspace, check: check), in: workspace)
      }
    }
  }

  /// Vectors with their leading dimensions only, and the length 1 that they had; the same bits as those of a model that
  /// was loaded with so many dimensions.
  ///
  /// - Parameters:
  ///   - values: `[texts, features]`, as ``vectors(of:as:promptLength:crew:check:)`` gives them.
  ///   - normalizes: Whether they get length 1 even if the model does not give it.
  /// - Returns: `[texts, dimension]`.
  package func shortened(_ values: [Float], normalizes: Bool? = nil) -> [Float] {
    let features = pipeline.dimension
    let normalizes = normalizes ?? pipeline.normalizes
    guard dimension < features || normalizes != pipeline.normalizes else { return values }
    let rows = values.count / features
    return workspaces.withWorkspace { workspace in
      workspace.scoped {
        let input = workspace.allocate(rows: rows, columns: features)
        workspace.write(values, to: input)
        return workspace.values(of: shortened(input, normalizes: normalizes, in: workspace))
      }
    }
  }
}
