/// Which of a model's files are needed to run it here.
///
/// Looked at are the model's root and the folders that its `modules.json` names. From each come configuration,
/// tokenizer files and weights, as safetensors or else as PyTorch checkpoints, and adapters in folders of their own;
/// exports for other runtimes, pictures and the like stay where they are.
struct ModelFiles: Sendable {
  /// The files needed, in the order of the list they were chosen from.
  let needed: [RemotePath]

  /// Chooses from everything that a model holds.
  ///
  /// - Parameters:
  ///   - moduleFolders: The folders that `modules.json` names, without a slash at the end.
  ///   - hasRoutes: Whether a router names further folders: all are taken then that hold a configuration, a tokenizer or
  ///     weights, but for exports.
  /// - Throws: ``HubError`` with code `.noReadableWeights` where the model, or one of its modules, has weights but none
  ///   in a form that is read here.
  init(
    choosingFrom all: [RemotePath], moduleFolders: Set<String>, hasRoutes: Bool = false, subject: String
  ) throws(HubError) {
    let routed = hasRoutes ? all.filter(Self.isOfRoute).map(\.folder) : []
    let folders = moduleFolders.union([""]).union(routed)
    var chosen: Set<RemotePath> = []
    var hasWeights = false
    for folder in folders {
      let here = all.filter { $0.folder == folder }
      chosen.formUnion(here.filter { Self.isDescription($0.name, inRoot: folder.isEmpty) })
      let templates = (folder.isEmpty ? "" : folder + "/") + "additional_chat_templates"
      chosen.formUnion(all.filter { $0.folder == templates && $0.name.hasSuffix(".jinja") })
      let weights = Self.weights(Set(here.map(\.name)))
      hasWeights = hasWeights || !weights.isEmpty
      chosen.formUnion(here.filter { weights.contains($0.name) || folder.isEmpty && Self.isHead($0.name) })
      chosen.formUnion(all.filter { Self.isAdapter($0, in: folder) })
      if weights.isEmpty, !folder.isEmpty, let other = here.first(where: { Self.isForeignWeights($0.name) }) {
        throw Self.unreadable(other, subject)
      }
    }
    guard hasWeights else {
      if let other = all.first(where: { Self.isForeignWeights($0.name) && folders.contains($0.folder) }) {
        throw Self.unreadable(other, subject)
      }
      throw HubError(.noReadableWeights, subject, "the model has neither safetensors weights nor a pytorch_model.bin")
    }
    needed = all.filter(chosen.contains)
  }

  /// The file names of a folder's weights: one file, or the parts that an index names, or whatever safetensors there are.
  private static func weights(_ names: Set<String>) -> Set<String> {
    for (stem, ending) in [("model", ".safetensors"), ("pytorch_model", ".bin")] {
      let files = whole(stem, ending, among: names)
      if !files.isEmpty { return files }
    }
    return names.filter { $0.hasSuffix(".safetensors") }
  }

  /// One file, or an index and the parts that it names; nothing where neither is there.
  private static func whole(_ stem: String, _ ending: String, among names: Set<String>) -> Set<String> {
    if names.contains(stem + ending) { return [stem + ending] }
    let index = stem + ending + ".index.json"
    guard names.contains(index) else { return [] }
    let parts = names.filter { $0.hasPrefix(stem + "-") && $0.hasSuffix(ending) }
    return parts.isEmpty ? [] : parts.union([index])
  }

  private static let rootDescriptions: Set<String> = [
    "config.json", "modules.json", "config_sentence_transformers.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "unigram.json",
    "bpe.codes", "dict.txt", "router_config.json", "adapter_config.json", "artifact.metadata",
    "chat_template.jinja",
  ]

  private static func isDescription(_ name: String, inRoot: Bool) -> Bool {
    if rootDescriptions.contains(name) || name.hasSuffix(".model") { return true }
    if name.hasPrefix("sentence_"), name.hasSuffix("_config.json") { return true }
    guard !inRoot else { return false }
    return (name.hasSuffix(".json") && !name.hasSuffix(".index.json")) || name.hasSuffix(".txt")
  }

  private static func isOfRoute(_ path: RemotePath) -> Bool {
    !["onnx", "openvino"].contains(path.folder)
      && ["config.json", "tokenizer.json", "model.safetensors", "pytorch_model.bin", "idf.json"].contains(path.name)
  }

  /// The products that BGE-M3 has beside its encoder.
  private static func isHead(_ name: String) -> Bool {
    ["sparse_linear", "colbert_linear"].contains { name == $0 + ".pt" || name == $0 + ".safetensors" }
  }

  /// A low-rank adapter that calls may choose, in a folder of its own.
  private static func isAdapter(_ path: RemotePath, in folder: String) -> Bool {
    ["adapter_config.json", "adapter_model.safetensors"].contains(path.name) && !path.folder.isEmpty
      && path.folder.split(separator: "/").dropLast().joined(separator: "/") == folder
  }

  private static func isForeignWeights(_ name: String) -> Bool {
    [".bin", ".h5", ".msgpack", ".gguf", ".onnx", ".pt", ".pth", ".ckpt"].contains { name.hasSuffix($0) }
      && name != "training_args.bin"
  }

  private static func unreadable(_ path: RemotePath, _ subject: String) -> HubError {
    HubError(
      .noReadableWeights, subject,
      "the weights are there as \(path); model.safetensors or pytorch_model.bin are read: save the model as safetensors"
    )
  }
}
