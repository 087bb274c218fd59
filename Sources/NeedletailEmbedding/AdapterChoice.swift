internal import NeedletailJSON
internal import NeedletailModels
internal import NeedletailTensor

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A low-rank adapter to add to a model's weights: a folder as PEFT saves it, with `adapter_config.json` and
/// `adapter_model.safetensors`.
public struct AdapterChoice: Sendable, Equatable {
  /// The adapter's folder.
  public var folder: URL
  /// How much of its change is added; 1 for all of it.
  public var weight: Float

  /// Creates a choice; see the properties.
  public init(_ folder: URL, weight: Float = 1) {
    self.folder = folder
    self.weight = weight
  }

  /// Reads the adapter.
  func read() throws -> LowRankAdapter {
    let files = try ModelFolder(folder)
    guard let json = try files.json(Self.configuration) else {
      throw EmbeddingError(.unreadable, files.file(Self.configuration).path, "the adapter's configuration is missing")
    }
    return try LowRankAdapter(
      json, subject: files.file(Self.configuration).path, store: TensorStore(folder: folder, name: "adapter_model"),
      weight: weight)
  }

  /// The folder of the model that an adapter was made for, where a folder holds an adapter and no model.
  static func baseFolder(_ folder: ModelFolder) throws(EmbeddingError) -> ModelFolder? {
    guard !folder.has("config.json"), let json = try folder.json(configuration) else { return nil }
    let name: String
    do { name = try json.string("base_model_name_or_path") } catch {
      throw EmbeddingError(.malformed, error, subject: folder.file(configuration).path)
    }
    guard let url = try ModelSource(name).folder(), try ModelFolder(url).has("config.json") else {
      throw EmbeddingError(
        .unreadable, folder.url.path, "is an adapter of \"\(name)\", which is no folder with a transformer")
    }
    return try ModelFolder(url)
  }

  private static let configuration = "adapter_config.json"
}
