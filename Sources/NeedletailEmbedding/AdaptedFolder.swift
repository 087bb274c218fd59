/// A transformer's folder and what is added to its weights, where the folder may hold an adapter alone.
struct AdaptedFolder: Sendable {
  /// The folder with configuration and weights.
  let base: ModelFolder
  /// Changes of the weights, in the order in which they are added.
  let adapters: [AdapterChoice]
  /// The folder with tokenizer and limits; PEFT alone saves none beside an adapter.
  let texts: ModelFolder

  /// - Parameter adapters: Those of the caller, added after the folder's own.
  init(_ folder: ModelFolder, adding adapters: [AdapterChoice]) throws(EmbeddingError) {
    let other = try AdapterChoice.baseFolder(folder)
    base = other ?? folder
    self.adapters = (other == nil ? [] : [AdapterChoice(folder.url)]) + adapters
    texts = folder.has("tokenizer_config.json") ? folder : base
  }
}
