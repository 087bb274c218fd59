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
      let path = folder.has("modules.json") ? try ModuleList(folder).entries.first?.path : nil
      return try Tokenizer(folder: folder.module(path ?? "").url)
    case .hub(let name): return try ModelSource.folder(HubModels.snapshot(name)).tokenizer()
    }
  }
}
