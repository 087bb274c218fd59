internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// One reading of a model folder as loading reads it, but for the numbers of its weights, and what it left aside.
struct FolderSurvey {
  let record = ReadingRecord()
  let weights = WeightSurvey()

  /// Builds the model from outlines; it must not be run.
  func pipeline(_ folder: URL, kernels: Kernels) async throws -> Pipeline {
    var folder = try ModelFolder(folder)
    (folder.record, folder.survey) = (record, weights)
    // A narrow precision tells the products that have one from those that are float32 always. That of int8 would be
    // calibrated by running layers.
    return try await Pipeline.routes(
      folder, kernels: kernels, precision: .bfloat16, team: ComputeTeam(threads: 1)
    ).usual
  }

  /// `config.json` of the encoder, as far as it can be read.
  func configuration(_ folder: URL) -> JSON? { encoderFolder(folder).flatMap { try? $0.json("config.json") } }

  /// Where the tokenizer's chat template is.
  func chatTemplate(_ folder: URL) -> String? {
    guard let encoder = encoderFolder(folder), let files = try? TemplateFiles(encoder) else { return nil }
    return Self.relative(files.file, to: folder)
  }

  private func encoderFolder(_ folder: URL) -> ModelFolder? {
    guard let folder = try? ModelFolder(folder) else { return nil }
    let path = (try? ModuleList(folder))?.entries.first?.path ?? ""
    return try? folder.module(path)
  }

  /// The tensors that nobody asked for, of the files that were opened; all of the encoder's where the model did not load.
  func unreadTensors(_ folder: URL, isLoaded: Bool) -> [(file: String, name: String, parameters: Int)] {
    var stores: [String: TensorStore] = [:]
    for store in weights.stores { stores[store.path] = store }
    if !isLoaded, let store = encoderFolder(folder).flatMap({ try? TensorStore(folder: $0.url) }) {
      stores = [store.path: store]
    }
    return stores.sorted { $0.key < $1.key }.flatMap { path, store in
      store.names.filter { !isLoaded || !weights.hasRead($0, of: store) }.map { name in
        (file: Self.relative(path, to: folder), name: name, parameters: store.entry(name)?.shape.reduce(1, *) ?? 0)
      }
    }
  }

  /// The files that were not opened.
  func unreadFiles(_ folder: URL, of files: [(path: String, size: Int)]) -> [(path: String, size: Int)] {
    let read = Set(record.paths.map { Self.relative($0, to: folder) })
    return files.filter { !read.contains($0.path) }
  }

  /// The keys that were not looked up, by file.
  func unreadKeys(_ folder: URL) -> [(file: String, keys: [String])] {
    // The reader of tokenizers notes files and not keys.
    record.passedOver.filter { !$0.key.hasSuffix("/tokenizer.json") && !$0.key.hasSuffix("/tokenizer_config.json") }
      .map { (file: Self.relative($0.key, to: folder), keys: $0.value) }.sorted { $0.file < $1.file }
  }

  /// A file's path below the folder, without steps that lead nowhere.
  private static func relative(_ path: String, to folder: URL) -> String {
    func steps(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }
    let (steps, outer) = (steps(path), steps(folder.path))
    return (steps.starts(with: outer) ? steps.dropFirst(outer.count) : steps[...]).joined(separator: "/")
  }

  /// How many of the parameters a token passes.
  ///
  /// - Parameters:
  ///   - parameters: All that there are.
  ///   - encoder: The outline of the transformer, where it is one that loads.
  func activeParameters(
    of parameters: Int, _ config: JSON?, _ folder: URL, encoder: Transformer?, isLoaded: Bool
  ) -> Int? {
    if let encoder, encoder.configuration.layerGroups > 0 {
      let uses = encoder.configuration.layers / encoder.configuration.layerGroups
      let shared = weights.readings.filter { Self.isOfLayer($0.name) }.reduce(0) { $0 + $1.count }
      return parameters + (uses - 1) * shared
    }
    return activeExperts(of: parameters, config, folder) ?? (isLoaded ? parameters : nil)
  }

  /// Names of a layer's weights have its number in them.
  private static func isOfLayer(_ name: String) -> Bool {
    name.split(separator: ".").contains { $0.allSatisfy { ("0"..."9").contains($0) } }
  }

  /// The same by what the configuration says about experts; `nil` where it says nothing.
  private func activeExperts(of parameters: Int, _ config: JSON?, _ folder: URL) -> Int? {
    func number(_ keys: String...) -> Int? { keys.lazy.compactMap { config?.optional($0)?.integer }.first }
    guard let all = number("num_local_experts", "num_experts", "n_routed_experts"), all > 0 else { return nil }
    guard let chosen = number("num_experts_per_tok", "moe_top_k"), (1...all).contains(chosen) else { return nil }
    let experts = unreadTensors(folder, isLoaded: false)
      .filter { $0.name.split(separator: ".").contains("experts") }.reduce(0) { $0 + $1.parameters }
    let (passed, overflows) = (experts / all).multipliedReportingOverflow(by: chosen)
    return overflows || experts > parameters ? nil : parameters - experts + passed
  }
}
