public import NeedletailTokenizers

extension ModelSource {
  /// Reads the model's tokenizer and nothing else.
  ///
  /// - Throws: The error of the reader that failed, naming file and place.
  public func tokenizer() throws -> Tokenizer {
    switch self {
    case .bundled: return try BundledModel.tokenizer()
    case .folder(let url):
      let folder = try ModelFolder(url)
      var first = folder.has("modules.json") ? try ModuleList(folder).entries.first : nil
      if let entry = first, entry.kind == .router {
        let router = try RouterModule(entry, in: folder)
        first = (router.routes.first { $0.name == router.usual } ?? router.routes.first)?.modules.first
      }
      return try Tokenizer(folder: folder.module(first?.path ?? "").url)
    case .hub(let name): return try ModelSource.folder(HubModels.snapshot(name)).tokenizer()
    }
  }
}
