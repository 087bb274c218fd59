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
      throw HubError(.notStored, folder.path, "there is no such folder")
    }
    let reader = ModelFolder(path: folder.path)
    let modules = try reader.modules()
    let files = try reader.files()
    self.modules = modules.map(\.name)
    self.files = files.map { ($0.description, FileStatus("\(folder.path)/\($0)")?.size ?? 0) }
    kind = reader.kind()

    let core = modules.first { $0.name == "Transformer" || $0.name == "StaticEmbedding" }?.folder ?? ""
    let config = try reader.description(core.isEmpty ? "config.json" : "\(core)/config.json")
    family = config?["model_type"]?.string
    layers = (config?["num_hidden_layers"] ?? config?["n_layers"])?.integer

    var total = 0
    var parameters = 0
    var byType: [String: Int] = [:]
    var tables: [(rows: Int, columns: Int)] = []
    for path in try Self.weights(files, modules) {
      let summary = try SafetensorsSummary("\(folder.path)/\(path)")
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
    let poolings = try modules.filter { $0.name == "Pooling" }.compactMap {
      try reader.description("\($0.folder)/config.json")
    }
    let modes = poolings.flatMap(Self.poolingModes)
    pooling = modes
    let dense = try modules.last { $0.name == "Dense" }.flatMap { try reader.description("\($0.folder)/config.json") }
    let pooled = poolings.last?["word_embedding_dimension"]?.integer ?? hidden
    dimensions =
      dense?["out_features"]?.integer
      ?? pooled.map {
        $0.multipliedReportingOverflow(by: max(1, modes.count)).partialValue
      }
    maximumLength = try Self.maximumLength(reader, core, config)

    let settings = try reader.description("config_sentence_transformers.json")
    prompts = (settings?["prompts"]?.members.map { ($0.key, $0.value.string) } ?? []).compactMap { key, text in
      text.map { (String(decoding: key, as: UTF8.self), $0) }
    }
    defaultPrompt = settings?["default_prompt_name"]?.string
  }

  private static func weights(_ files: [RemotePath], _ modules: [ModelFolder.Module]) throws -> [RemotePath] {
    let folders = Set(modules.map(\.folder))
    guard let chosen = try? ModelFiles(choosingFrom: files, moduleFolders: folders, subject: "") else { return [] }
    return chosen.needed.filter { $0.name.hasSuffix(".safetensors") }
  }

  private static func isTokenTable(_ name: String) -> Bool {
    name.hasSuffix("word_embeddings.weight") || name.hasSuffix("embed_tokens.weight") || name == "embedding.weight"
      || name == "embeddings"
  }

  private static func poolingModes(_ config: JSON) -> [String] {
    if let mode = config["pooling_mode"]?.string { return [mode] }
    let names = [
      ("pooling_mode_cls_token", "cls"), ("pooling_mode_max_tokens", "max"), ("pooling_mode_mean_tokens", "mean"),
      ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len"), ("pooling_mode_weightedmean_tokens", "weightedmean"),
      ("pooling_mode_lasttoken", "lasttoken"),
    ]
    return names.filter { config[$0.0]?.boolean == true }.map(\.1)
  }

  /// `sentence_bert_config.json` decides, then the tokenizer, then the number of positions.
  private static func maximumLength(_ reader: ModelFolder, _ core: String, _ config: JSON?) throws -> Int? {
    let start = core.isEmpty ? "" : core + "/"
    for name in ["bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"] {
      let file = try reader.description("\(start)sentence_\(name)_config.json")
      if let length = file?["max_seq_length"]?.integer { return length }
    }
    let tokenizer = try reader.description("\(start)tokenizer_config.json")?["model_max_length"]?.integer
    let positions = config?["max_position_embeddings"]?.integer
    let known = [tokenizer, positions].compactMap { $0 }.filter { $0 > 0 && $0 < 1 << 30 }
    return known.min()
  }
}
