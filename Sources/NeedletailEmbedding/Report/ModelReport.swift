internal import NeedletailJSON
internal import NeedletailModels
public import NeedletailHub
public import NeedletailTensor
internal import NeedletailTokenizers

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What a model is, what it needs, and what of its folder is not used; made without its weights.
///
/// The folder is read as loading reads it, with outlines in place of tensors: what loading would refuse is said in
/// ``refusal``, and what nobody asked for is in ``ignored``.
public struct ModelReport: Sendable {
  /// What of a folder has no effect on its vectors.
  public struct Ignored: Sendable {
    /// Tensors of the checkpoint that the model does not use, by file.
    public let tensors: [(file: String, name: String, parameters: Int)]
    /// Files that are not opened, with their lengths in bytes.
    public let files: [(path: String, size: Int)]
    /// Keys of configuration files that are not looked up, those inside others after a point.
    ///
    /// The tokenizer's files are not among them: `TokenizerSummary` says what is ignored there.
    public let keys: [(file: String, keys: [String])]
  }

  /// The folder; `nil` for the bundled model.
  public let folder: URL?
  /// What the folder describes.
  public let kind: ModelKind
  /// `model_type` of `config.json`.
  public let modelType: String?
  /// What Needletail calls the family.
  public let family: String
  /// The modules in the order that they run.
  public let modules: [String]
  /// The classes that the checkpoint was saved from.
  public let architectures: [String]
  /// Why the model does not load here; `nil` where it does.
  public let refusal: String?
  /// What is assumed because the folder does not say it.
  public let warning: String?
  /// How many numbers the weights hold, heads included; whole numbers wider than 8 bits do not count.
  public let parameters: Int
  /// How many numbers there are of each type, as safetensors spells the types.
  public let parametersByType: [String: Int]
  /// How many of them a token passes: as many, unless layers that share their weights pass it several times, or only
  /// some experts do; `nil` where that is not known.
  public let activeParameters: Int?
  /// The bytes of the weights in memory for each precision that can be chosen; empty for a model that does not load.
  ///
  /// Products are packed for the kernels of this machine. Tables stay float32, or in the 8 bits that a static model may have.
  public let memory: [(precision: Precision, bytes: Int)]
  /// How many tokens the model has positions for; `nil` where nothing limits it.
  public let contextLength: Int?
  /// How many tokens of a text are read at most; `nil` where nothing limits it.
  public let maximumLength: Int?
  /// Features of a vector.
  public let dimension: Int?
  /// Whether vectors have length 1; `nil` for a model that does not load.
  public let normalizes: Bool?
  /// How many transformer layers there are.
  public let layers: Int?
  /// How many tokens the vocabulary has.
  public let vocabularySize: Int?
  /// How token vectors become one; several where they are put side by side.
  public let pooling: [String]
  /// Texts that are put in front of inputs, by name.
  public let prompts: [(name: String, text: String)]
  /// The prompt that is used where none is asked for.
  public let defaultPrompt: String?
  /// Adapters that calls may choose by these names.
  public let adapters: [String]
  /// The file that holds the tokenizer's chat template, the folder of several, or `nil` where there is none.
  public let chatTemplate: String?
  /// Heads of the checkpoint that embedding does not use.
  public let heads: [ModelHead]
  /// What `README.md` states as the licence; several where it names several.
  public let licenses: [String]
  /// The files with their lengths in bytes, in the order of their names.
  public let files: [(path: String, size: Int)]
  /// What has no effect; `nil` for a model that does not load.
  public let ignored: Ignored?

  /// Describes a model folder.
  ///
  /// - Throws: `HubError` where the folder is none, or where one of its descriptions makes no sense; `TensorError` for
  ///   kernels that this machine does not have; `CancellationError`.
  /// - Complexity: O(bytes of the descriptions, the headers of the weights and the tokenizer).
  public init(of folder: URL) async throws {
    let summary = try ModelSummary(of: folder)
    let kernels = try Kernels.preferred()
    let survey = FolderSurvey()
    var pipeline: Pipeline?
    var refusal: String?
    do {
      pipeline = try await survey.pipeline(folder, kernels: kernels)
    } catch is CancellationError { throw CancellationError() } catch { refusal = "\(error)" }
    let config = survey.configuration(folder)
    let unread = survey.unreadTensors(folder, isLoaded: pipeline != nil)

    self.folder = folder
    kind = summary.kind
    modelType = summary.family
    modules = summary.modules
    architectures = config?.optional("architectures")?.elements.compactMap(\.string) ?? []
    self.refusal = refusal
    warning = pipeline?.warning
    parameters = summary.parameters
    parametersByType = summary.parametersByType
    var encoder: Transformer?
    if case .transformer(let transformer, _)? = pipeline?.encoder { encoder = transformer }
    family = Self.family(summary, encoder)
    activeParameters = survey.activeParameters(
      of: summary.parameters, config, folder, encoder: encoder, isLoaded: pipeline != nil)
    memory =
      pipeline == nil
      ? []
      : Precision.allCases.compactMap { one in
        survey.weights.bytes(one, kernels: kernels).map { (precision: one, bytes: $0) }
      }
    contextLength = encoder?.configuration.maximumLength ?? (pipeline == nil ? summary.maximumLength : nil)
    maximumLength = pipeline.map(\.maximumLength) ?? summary.maximumLength
    dimension = pipeline?.dimension ?? summary.dimensions
    normalizes = pipeline?.normalizes
    layers = summary.layers ?? encoder?.configuration.layers
    vocabularySize = summary.vocabularySize
    pooling = summary.pooling
    prompts = summary.prompts
    defaultPrompt = summary.defaultPrompt
    adapters = pipeline?.adapters?.names ?? []
    chatTemplate = survey.chatTemplate(folder)
    heads = ModelHead.heads(unread.map { (name: $0.name, count: $0.parameters) }, config)
    licenses = ModelCard(folder).licenses
    files = summary.files
    ignored = pipeline.map { _ in
      Ignored(
        tensors: unread, files: survey.unreadFiles(folder, of: summary.files), keys: survey.unreadKeys(folder))
    }
  }

  /// - Parameter encoder: That of a model that loads; some are not of the family that `model_type` names.
  private static func family(_ summary: ModelSummary, _ encoder: Transformer?) -> String {
    switch summary.kind {
    case .staticEmbedding: "static table"
    default: (encoder?.configuration.modelType ?? summary.family).map(FamilyNames.name) ?? "unknown"
    }
  }

  /// Describes the bundled model.
  public static func bundled() throws -> ModelReport { try ModelReport(bundled: .preferred()) }

  private init(bundled kernels: Kernels) throws {
    let pipeline = try BundledModel.pipeline(kernels: kernels)
    let store = try TensorStore(BundledModel.table)
    var counts: [String: Int] = [:]
    for entry in store.names.compactMap(store.entry) {
      counts[entry.type.rawValue, default: 0] += entry.shape.reduce(1, *)
    }
    let bytes = store.names.compactMap(store.entry).reduce(0) { $0 + $1.range.count }
    (folder, modelType, refusal, warning, contextLength, maximumLength, layers, defaultPrompt, chatTemplate) = (
      nil, nil, nil, nil, nil, nil, nil, nil, nil
    )
    (kind, family, modules) = (.staticEmbedding, "static table", ["StaticEmbedding", "Normalize"])
    (architectures, pooling, prompts, adapters, heads, files) = ([], ["mean"], [], [], [], [])
    parametersByType = counts
    parameters = counts.values.reduce(0, +)
    activeParameters = parameters
    memory = Precision.allCases.map { (precision: $0, bytes: bytes) }
    dimension = pipeline.dimension
    normalizes = pipeline.normalizes
    vocabularySize = pipeline.tokenizer.vocabularySize
    licenses = ["apache-2.0"]
    ignored = Ignored(tensors: [], files: [], keys: [])
  }
}
