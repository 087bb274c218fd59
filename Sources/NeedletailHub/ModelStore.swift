#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// The models on this machine, and the way by which more of them get here.
///
/// The store is the folder that Python's `huggingface_hub` uses too, in the same layout: what one fetches the other
/// finds. The environment decides where it lies and which hub is asked: `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`,
/// `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_OFFLINE`.
///
///     let store = ModelStore()
///     let name = try ModelName("sentence-transformers/all-MiniLM-L6-v2")
///     let folder = try store.snapshot(of: name) ?? await store.pull(name)
public struct ModelStore: Sendable {
  let settings: HubSettings
  let backoff: Backoff

  /// The folder of the store; it may not exist yet.
  public var folder: URL { settings.cache }
  /// Whether the environment forbids the network (`HF_HUB_OFFLINE`).
  public var isOffline: Bool { settings.isOffline }

  /// Creates a store as the environment describes it.
  ///
  /// - Parameter environment: The variables to read, by default those of this process.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.init(environment: environment, backoff: .standard)
  }

  /// Creates a store that waits between attempts as `backoff` says.
  package init(environment: [String: String], backoff: Backoff) {
    settings = HubSettings(environment: environment)
    self.backoff = backoff
  }

  /// The folder of a model that is here already, without asking the hub.
  ///
  /// - Parameters:
  ///   - name: The model.
  ///   - revision: A branch or tag as it was when last pulled, or a commit.
  /// - Returns: `nil` where the model, the revision or any file that running it needs is missing.
  /// - Throws: ``HubError`` where the store is there but cannot be read.
  public func snapshot(of name: ModelName, revision: Revision = .main) throws -> URL? {
    let repository = StoredRepository(name, cache: settings.cache)
    guard let commit = try repository.commit(of: revision) else { return nil }
    let path = repository.snapshot(commit)
    guard FileStatus(path)?.isFolder == true, ModelFolder(path: path).isComplete() else { return nil }
    return URL(filePath: path, directoryHint: .isDirectory)
  }

  /// The folder of a model that is here already; an error says how to get it where it is not.
  ///
  /// - Throws: ``HubError`` with code `.notStored` where ``snapshot(of:revision:)`` finds nothing.
  public func path(of name: ModelName, revision: Revision = .main) throws -> URL {
    if let folder = try snapshot(of: name, revision: revision) { return folder }
    let reference = ModelReference(name, revision)
    throw HubError(
      .notStored, reference.description,
      "the model is not, or not completely, in \(settings.cache.path); get it with: needletail models pull \(reference)"
    )
  }

  func repository(_ name: ModelName) -> StoredRepository { StoredRepository(name, cache: settings.cache) }
}
