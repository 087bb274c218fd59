import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// One revision of one model in the store.
public struct StoredModel: Sendable {
  /// The model.
  public let name: ModelName
  /// The commit, 40 hexadecimal digits.
  public let commit: String
  /// The branches and tags that meant this commit when they were last pulled.
  public let revisions: [String]
  /// The folder with the model's files.
  public let folder: URL
  /// How much its files take on the disk, each counted once, bytes.
  public let size: Int
  /// How many files it has.
  public let fileCount: Int
  /// When one of its files was last read or written; absent where it has none.
  public let lastUse: Date?
  /// What the files describe.
  public let kind: ModelKind
  /// Whether everything that running the model needs is here.
  public let isComplete: Bool
}

/// What a model folder describes, as far as its descriptions tell.
public enum ModelKind: String, Sendable {
  /// A `modules.json` with a transformer.
  case sentenceTransformer = "sentence-transformer"
  /// A table of token vectors.
  case staticEmbedding = "static-embedding"
  /// A transformer without a `modules.json`.
  case transformer
  /// None of these.
  case other
}

extension ModelStore {
  /// The models in the store, in the order of their names; one for each revision.
  ///
  /// - Throws: ``HubError`` where the store is there but cannot be read. A store that does not exist is empty.
  public func list() throws -> [StoredModel] {
    var models: [StoredModel] = []
    for folderName in try StoredRepository.names(in: settings.cache.path) {
      guard let name = ModelName(folderName: folderName) else { continue }
      let repository = repository(name)
      let revisions = try repository.revisions()
      for commit in try repository.commits() {
        let known = revisions.filter { $0.commit == commit }.map(\.revision)
        models.append(try describe(commit, known, repository))
      }
    }
    return models
  }

  private func describe(_ commit: String, _ revisions: [String], _ repository: StoredRepository) throws -> StoredModel {
    let path = repository.snapshot(commit)
    let folder = ModelFolder(path: path)
    // A snapshot that cannot be read is shown as incomplete; `verify` says what is wrong with it.
    let files = (try? folder.files()) ?? []
    var contents: [String: FileStatus] = [:]
    for file in files {
      let place = "\(path)/\(file)"
      let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) ?? place
      contents[target.split(separator: "/").last.map(String.init) ?? target] = FileStatus(place)
    }
    return StoredModel(
      name: repository.name, commit: commit, revisions: revisions,
      folder: URL(filePath: path, directoryHint: .isDirectory),
      size: contents.values.reduce(0) { $0.saturatingSum($1.size) },
      fileCount: files.count,
      lastUse: contents.values.map(\.lastUse).max().map { Date(timeIntervalSince1970: Double($0)) },
      kind: folder.kind(), isComplete: folder.isComplete())
  }
}

extension ModelFolder {
  /// What the folder describes; ``ModelKind/other`` where its descriptions cannot be read.
  func kind() -> ModelKind {
    let names = ((try? modules()) ?? []).map(\.name)
    if names.contains("StaticEmbedding") { return .staticEmbedding }
    let config = (try? description("config.json")) ?? nil
    let type = config?["model_type"]?.string
    if type == "model2vec" { return .staticEmbedding }
    if names.contains("Transformer") { return .sentenceTransformer }
    // Some transformers have code of their own and no model_type.
    return type == nil && (config?["architectures"]?.count ?? 0) == 0 ? .other : .transformer
  }
}
