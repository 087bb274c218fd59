internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The adapters of one transformer that calls choose among by name; each is read when it is first wanted, and then kept.
final class AdapterShelf: Sendable {
  private let choices: [String: AdapterChoice]
  private let configuration: TransformerConfiguration
  private let folder: ModelFolder
  private let kernels: Kernels
  private let loaded = Mutex<[String: TransformerChanges]>([:])

  /// Finds the adapters.
  ///
  /// - Parameters:
  ///   - named: Those that the user names.
  ///   - folder: The transformer's folder; folders in it that hold an adapter are known by their names.
  ///   - transformer: What they change.
  /// - Throws: ``EmbeddingError`` with code `.request` where a name stands for two.
  init(named: [String: AdapterChoice], in folder: ModelFolder, of transformer: Transformer) throws(EmbeddingError) {
    var choices = named
    for own in folder.adapters {
      let name = own.folder.lastPathComponent
      guard choices.updateValue(own, forKey: name) == nil else {
        throw EmbeddingError(
          .request, "adapter \"\(name)\"", "is the name of one that the model's folder has; choose another")
      }
    }
    self.choices = choices
    self.folder = folder
    configuration = transformer.configuration
    kernels = transformer.kernels
  }

  /// Sorted.
  var names: [String] { choices.keys.sorted() }

  /// The folders of some adapters, in their order.
  func folders(_ uses: [AdapterUse]) throws(EmbeddingError) -> [URL] {
    try uses.map { (use) throws(EmbeddingError) in try choice(use).folder }
  }

  /// What some adapters add together; `nil` for none.
  ///
  /// - Throws: ``EmbeddingError`` with code `.request` for an unknown name or a weight that is no number; what reading an
  ///   adapter throws.
  func changes(_ uses: [AdapterUse], team: ComputeTeam) async throws -> TransformerChanges? {
    var parts: [(changes: TransformerChanges, weight: Float)] = []
    for use in uses { parts.append((try await changes(use, choice(use), team: team), use.weight)) }
    return TransformerChanges(sumOf: parts)
  }

  /// Two tasks that want an adapter first at the same time both read it, and get the same.
  private func changes(_ use: AdapterUse, _ choice: AdapterChoice, team: ComputeTeam) async throws -> TransformerChanges
  {
    if let known = loaded.withLock({ $0[use.name] }) { return known }
    let new = try await TransformerChanges(
      choice.read(), configuration: configuration, store: folder.weights(), kernels: kernels, team: team)
    loaded.withLock { $0[use.name] = new }
    return new
  }

  private func choice(_ use: AdapterUse) throws(EmbeddingError) -> AdapterChoice {
    guard use.weight.isFinite else {
      throw EmbeddingError(.request, "adapter \"\(use.name)\"", "its weight \(use.weight) should be a number")
    }
    if let choice = choices[use.name] { return choice }
    throw EmbeddingError(
      .request, "adapter \"\(use.name)\"",
      "is not an adapter of this model: it has \(choices.isEmpty ? "none" : names.joined(separator: ", "))")
  }
}

extension ModelFolder {
  /// The adapters in folders of this one, by their names.
  var adapters: [AdapterChoice] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path + "/")) ?? []
    return names.sorted().filter { !$0.hasPrefix(".") && has("\($0)/adapter_config.json") }.map { name in
      for part in ["adapter_config.json", "adapter_model.safetensors"] { record?.note(file("\(name)/\(part)").path) }
      return AdapterChoice(file(name))
    }
  }
}
