import AsyncHTTPClient
import NeedletailJSON

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension ModelStore {
  /// How many files are asked for and fetched at the same time.
  private static let width = 4

  /// Fetches the files that running a model needs, as far as they are not here yet, and returns their folder.
  ///
  /// Every file is compared with its checksum before it gets its name. A download that is cut or cancelled leaves
  /// nothing visible; the next one goes on where it stopped. The branch or tag moves to the new commit last, so that
  /// readers see all of the old or all of the new revision.
  ///
  ///     let folder = try await store.pull(ModelName("intfloat/e5-small-v2")) { print($0.completedBytes) }
  ///
  /// - Parameters:
  ///   - name: The model.
  ///   - revision: A branch, a tag or a commit.
  ///   - repairs: Whether files that are here already are read and compared with their checksums, and those that
  ///     prove wrong fetched again.
  ///   - progress: Told about every piece that arrives, one call at a time, on any thread.
  ///   - delay: Told before every wait that a busy hub or a failed connection makes necessary, on any thread.
  /// - Throws: ``HubError``; `CancellationError` where the task is cancelled.
  public func pull(
    _ name: ModelName, revision: Revision = .main, repairs: Bool = false,
    progress: (@Sendable (PullProgress) -> Void)? = nil, delay: (@Sendable (PullDelay) -> Void)? = nil
  ) async throws -> URL {
    if settings.isOffline {
      if !repairs, let folder = try snapshot(of: name, revision: revision) { return folder }
      throw HubError(
        .offline, ModelReference(name, revision).description,
        repairs
          ? "HF_HUB_OFFLINE forbids to fetch the model again"
          : "the model is not in \(settings.cache.path) and HF_HUB_OFFLINE forbids to fetch it")
    }
    let configuration = HubClient.configuration(settings)
    return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
      var backoff = backoff
      backoff.remark = delay
      let client = try HubClient(http: http, settings: settings, backoff: backoff)
      return try await fetch(name, revision, client, repairs: repairs, progress)
    }
  }

  private func fetch(
    _ name: ModelName, _ revision: Revision, _ client: HubClient, repairs: Bool,
    _ progress: (@Sendable (PullProgress) -> Void)?
  ) async throws -> URL {
    let subject = ModelReference(name, revision).description
    let listing = try await client.listing(name, revision)
    if revision.isCommit, listing.commit != revision.description {
      throw HubError(.badResponse, subject, "the hub answers with commit \(listing.commit)")
    }
    let repository = repository(name)
    try repository.prepare()

    let listed = Dictionary(listing.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var modules: [ModelFolder.Module] = []
    if let file = try listed[RemotePath("modules.json")] {
      let remote = try await describe(file, name, listing.commit, client, repository)
      try await BlobDownload(
        client: client, repository: repository, commit: listing.commit, file: remote, checksContents: repairs,
        report: { _ in }
      ).run()
      modules = try self.modules(repository.blob(remote.checksum), subject: "\(name)/modules.json")
    }
    let chosen = try ModelFiles(
      choosingFrom: listing.files.map(\.path), moduleFolders: Set(modules.map(\.folder)),
      hasRoutes: modules.first?.name == ModelFolder.router, subject: subject)
    let wanted = chosen.needed.compactMap { listed[$0] }
    let files = try await inParallel(wanted) {
      try await describe($0, name, listing.commit, client, repository)
    }
    try checkSpace(files, repository)
    let tally = PullTally(files, progress)
    _ = try await inParallel(files) { file in
      try await BlobDownload(
        client: client, repository: repository, commit: listing.commit, file: file, checksContents: repairs,
        report: { tally.report(file, $0) }
      ).run()
    }
    for file in files { try repository.link(file.path, in: listing.commit, to: file.checksum) }
    try repository.setCommit(listing.commit, of: revision)
    return URL(filePath: repository.snapshot(listing.commit), directoryHint: .isDirectory)
  }

  /// A file with its checksum: from the list where its contents are here already, else as the hub tells it.
  private func describe(
    _ file: ListedFile, _ name: ModelName, _ commit: String, _ client: HubClient, _ repository: StoredRepository
  ) async throws -> RemoteFile {
    if let checksum = file.checksum, let size = file.size,
      let status = FileStatus(repository.blob(checksum)), !status.isFolder, status.size == size
    {
      return RemoteFile(path: file.path, checksum: checksum, size: size)
    }
    let remote = try await client.metadata(file, of: name, commit: commit)
    if remote.size == nil, case .sha256 = remote.checksum {
      throw HubError(.badResponse, "\(name)/\(file.path)", "the hub does not tell the file's length")
    }
    if case .gitBlob = remote.checksum, let size = remote.size, size > HubClient.smallFileLimit {
      throw HubError(.tooLarge, "\(name)/\(file.path)", "\(size) bytes are more than a file outside LFS may have")
    }
    return remote
  }

  private func modules(_ blob: String, subject: String) throws -> [ModelFolder.Module] {
    let bytes = try OpenFile(reading: blob).contents(limit: ModelFolder.descriptionLimit)
    do {
      let rows = try JSONDocument(parsing: bytes, subject: subject).root
      return try ModelFolder.modules(rows, subject: subject)
    } catch let error as JSONError {
      throw HubError(.badFolder, subject, "is not JSON: \(error)", cause: error)
    }
  }

  /// Stops before the first byte if the disk cannot hold what is missing.
  private func checkSpace(_ files: [RemoteFile], _ repository: StoredRepository) throws {
    var missing = 0
    for file in files where FileStatus(repository.blob(file.checksum)) == nil {
      let here = FileStatus(repository.partialBlob(file.checksum))?.size ?? 0
      let (sum, overflows) = missing.addingReportingOverflow(max(0, (file.size ?? 0) - here))
      missing = overflows ? .max : sum
    }
    guard let free = freeSpace(repository.cache), missing > free else { return }
    throw HubError(
      .diskFull, repository.name.description,
      "the disk lacks room: \(missing) bytes are to be fetched and \(free) are free in \(repository.cache)")
  }

  /// Runs `work` on all items, a few at a time and with results in order; the first failure cancels the rest.
  private func inParallel<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results: [Int: Result] = [:]
      for (position, item) in items.enumerated() {
        if position >= Self.width, let (done, result) = try await group.next() { results[done] = result }
        group.addTask { (position, try await work(item)) }
      }
      for try await (done, result) in group { results[done] = result }
      return items.indices.compactMap { results[$0] }
    }
  }
}
