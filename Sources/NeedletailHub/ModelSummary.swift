import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What a model folder says about itself, without loading the model.
public struct ModelSummary: Sendable {
  /// The folder.
  public let folder: URL
  /// What the folder describes.
  public let kind: ModelKind
  /// The architecture's family as `config.json` names it (`model_type`), such as `bert`.
  public let family: String?
  /// The modules in the order that they run, such as `Transformer`, `Pooling`, `Normalize`.
  public let modules: [String]
  /// How many numbers the weights hold; position tables and other whole numbers wider than 8 bits do not count.
  public let parameters: Int
  /// How many numbers there are of each type, whole numbers included, as safetensors spells the types.
  public let parametersByType: [String: Int]
  /// How many numbers a vector has.
  public let dimensions: Int?
  /// How many transformer layers there are.
  public let layers: Int?
  /// How many tokens the vocabulary has.
  public let vocabularySize: Int?
  /// How many tokens of a text are read at most.
  public let maximumLength: Int?
  /// How token vectors become one, such as `mean`; several where they are put side by side.
  public let pooling: [String]
  /// Texts that are put in front of inputs, by name.
  public let prompts: [(name: String, text: String)]
  /// The prompt that is used where none is asked for.
  public let defaultPrompt: String?
  /// The files with their lengths in bytes, in the order of their names.
  public let files: [(path: String, size: Int)]

  /// Reads the descriptions of a folder and the headers of its weights.
  ///
  /// - Throws: ``HubError`` with code `.badFolder` where one of them makes no sense, `.notStored` where there is no
  ///   such folder.
  public init(of folder: URL) throws {
    self.folder = folder
    guard FileStatus(folder.path)?.isFolder == true else {
      throw HubError(.notStored, folder.relativePath, "there is no such folder")
    }
    let reader = ModelFolder(path: folder.path)
    let modules = try reader.modules()
    let files = try reader.files()
    self.modules = modules.map(\.name)
    self.files = files.map { ($0.description, FileStatus("\(folder.path)/\($0)")?.size ?? 0) }
    kind = reader.kind()

    guard files.contains(where: { ["modules.json", "config.json"].contains($0.description) }) else {
      throw HubError(.badFolder, folder.relativePath, "has neither modules.json nor config.json; is it a model folder?")
    }

    let core = modules.first { ["Transformer", "CLIPModel", "StaticEmbedding"].contains($0.name) }?.folder ?? ""
    let config = try reader.description(core.isEmpty ? "config.json" : "\(core)/config.json")
    family = config?["model_type"]?.string
    layers = (config?["num_hidden_layers"] ?? config?["n_layers"])?.integer

    var total = 0
    var parameters = 0
    var byType: [String: Int] = [:]
    var tables: [(rows: Int, columns: Int)] = []
    let routes = try reader.routes()
    for path in try Self.weights(files, modules + routes.joined()) {
      let file = "\(folder.path)/\(path)"
      let summary =
        path.name.hasSuffix(".bin") ? try SafetensorsSummary(checkpoint: file) : try SafetensorsSummary(file)
      let (sum, overflows) = total.addingReportingOverflow(summary.total)
      guard !overflows else { throw HubError(.badFolder, folder.path, "the weights claim more numbers than can be") }
      total = sum
      parameters += summary.parameters
      byType.merge(summary.parametersByType, uniquingKeysWith: +)
      if path.folder == core { tables += summary.matrices.filter { Self.isTokenTable($0.key) }.map(\.value) }
    }
    self.parameters = parameters
    parametersByType = byType
    vocabularySize = config?["vocab_size"]?.integer ?? tables.first?.rows

    let hidden = (config?["hidden_size"] ?? config?["d_model"] ?? config?["dim"])?.integer ?? tables.first?.columns
    // CLIP projects the state of one token to the space that texts and pictures share.
    let architecture = config?["architectures"]?.elements.first { _ in true }?.string
    let isProjected =
      modules.isEmpty && architecture == "CLIPTextModelWithProjection"
      || family == "clip" && !modules.contains { $0.name == "Pooling" }
    var width = isProjected ? config?["projection_dim"]?.integer ?? 512 : hidden
    // A transformer without a list of modules is pooled by the mean, as the loader says in a warning.
    var pooling = modules.isEmpty && kind == .transformer && !isProjected ? ["mean"] : []
    for module in modules where ["Pooling", "Dense"].contains(module.name) {
      guard let settings = try reader.description("\(module.folder)/config.json") else { continue }
      if module.name == "Dense" {
        width = settings["out_features"]?.integer ?? width
      } else {
        let modes = Self.poolingModes(settings)
        pooling += modes
        width = (Self.pooledWidth(settings) ?? width).flatMap {
          let (product, overflows) = $0.multipliedReportingOverflow(by: max(1, modes.count))
          return overflows ? nil : product
        }
      }
    }
    self.pooling = pooling
    dimensions = width
    // Routes with limits of their own have none together.
    let limits = try Set(
      routes.map { route in
        let core = route.first?.folder ?? ""
        return try Self.maximumLength(
          reader, core, try reader.description("\(core)/config.json"), isStatic: route.first?.name == "StaticEmbedding")
      })
    maximumLength =
      routes.isEmpty
      ? try Self.maximumLength(reader, core, config, isStatic: kind == .staticEmbedding)
      : limits.count == 1 ? limits.first ?? nil : nil

    let settings = try reader.description("config_sentence_transformers.json")
    prompts = (settings?["prompts"]?.members.map { ($0.key, $0.value.string) } ?? []).compactMap { key, text in
      text.map { (String(decoding: key, as: UTF8.self), $0) }
    }
    defaultPrompt = settings?["default_prompt_name"]?.string
  }

  private static func weights(_ files: [RemotePath], _ modules: [ModelFolder.Module]) throws -> [RemotePath] {
    let folders = Set(modules.map(\.folder))
    guard let chosen = try? ModelFiles(choosingFrom: files, moduleFolders: folders, subject: "") else { return [] }
    // Adapters in folders of their own change the model where somebody chooses them.
    return chosen.needed.filter {
      ($0.name.hasSuffix(".safetensors") || $0.name.hasSuffix(".bin")) && folders.union([""]).contains($0.folder)
    }
  }

  private static func isTokenTable(_ name: String) -> Bool {
    name.hasSuffix("word_embeddings.weight") || name.hasSuffix("embed_tokens.weight") || name == "embedding.weight"
      || name == "embeddings"
  }
}
