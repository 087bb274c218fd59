#if Server
  internal import NeedletailEmbedding

  /// What model folders say about themselves, read once each and without their weights.
  actor ModelDescriptions {
    private var reports: [String: Task<ModelReport?, Never>] = [:]

    /// What a model's folder says; `nil` where it cannot be read.
    func report(of name: String, _ models: ModelShelf) async -> ModelReport? {
      if let known = reports[name] { return await known.value }
      guard let choice = models.choice(name) else { return nil }
      let reading = Task {
        guard let folder = try? choice.source.folder() else {
          return choice.source == .bundled ? try? ModelReport.bundled() : nil
        }
        return try? await ModelReport(of: folder)
      }
      reports[name] = reading
      return await reading.value
    }
  }
#endif
