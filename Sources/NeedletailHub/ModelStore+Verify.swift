#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a check of the store found.
public struct StoreReport: Sendable {
  /// Something that is not as it should be.
  public struct Problem: Sendable, Equatable {
    /// What kind of problem it is.
    public enum Kind: String, Sendable {
      /// The contents do not have the checksum that they are named by.
      case wrongChecksum = "wrong-checksum"
      /// A link leads nowhere, or out of the store.
      case badLink = "bad-link"
      /// A branch or tag means a commit that is not here.
      case danglingRevision = "dangling-revision"
      /// A file that running the model needs is missing.
      case incomplete
      /// A file could not be read.
      case unreadable
    }
    /// What kind of problem it is.
    public let kind: Kind
    /// The file or folder.
    public let path: String
    /// What was expected, what was found, what to do.
    public let message: String
  }

  /// How many blobs were read and compared with their checksums.
  public var checkedFiles = 0
  /// How many bytes those had.
  public var checkedBytes = 0
  /// Files whose names are no checksums, so that nothing is known to compare them with.
  public var unverifiable: [String] = []
  /// Downloads that were cut and can go on: not problems.
  public var partialDownloads: [String] = []
  /// What is wrong, in the order it was found.
  public var problems: [Problem] = []
  /// Whether nothing is wrong.
  public var isSound: Bool { problems.isEmpty }
}

extension ModelStore {
  /// Reads a model's contents again and compares them with their checksums; looks at links, branches and completeness.
  ///
  /// - Parameters:
  ///   - name: The model.
  ///   - progress: Told how many bytes of how many have been read.
  /// - Returns: What was found; nothing is changed on the disk.
  /// - Throws: ``HubError`` with code `.notStored` where the store does not have the model.
  /// - Complexity: O(bytes stored); 1 MiB of memory.
  public func verify(
    _ name: ModelName, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) async throws -> StoreReport {
    let repository = repository(name)
    guard FileStatus(repository.folder)?.isFolder == true else {
      throw HubError(.notStored, name.description, "the model is not in \(settings.cache.path)")
    }
    var report = StoreReport()
    try await checkBlobs(repository, &report, progress)
    try checkLinks(repository, &report)
    return report
  }

  private func checkBlobs(
    _ repository: StoredRepository, _ report: inout StoreReport, _ progress: (@Sendable (Int, Int) -> Void)?
  ) async throws {
    let names = try StoredRepository.names(in: repository.blobs)
    let total = names.reduce(0) { $0.saturatingSum(FileStatus("\(repository.blobs)/\($1)")?.size ?? 0) }
    var done = 0
    for name in names {
      try Task.checkCancellation()
      let path = "\(repository.blobs)/\(name)"
      guard let status = FileStatus(path) else {
        report.add(.badLink, path, "the link leads nowhere; delete it and pull the model again")
        continue
      }
      if name.hasSuffix(".incomplete") {
        report.partialDownloads.append(path)
        done = done.saturatingSum(status.size)
        continue
      }
      guard let expected = Checksum(digits: name) else {
        report.unverifiable.append(path)
        done = done.saturatingSum(status.size)
        continue
      }
      let before = done
      do {
        let found = try await offPool {
          var read = 0
          return try expected.recomputed(from: OpenFile(reading: path)) {
            read += $0
            progress?(before.saturatingSum(read), total)
          }
        }
        report.checkedFiles += 1
        report.checkedBytes = report.checkedBytes.saturatingSum(status.size)
        if found != expected {
          report.add(
            .wrongChecksum, path,
            "the \(expected.kind) is \(found), expected \(expected); repair it with: needletail models pull --force \(repository.name)"
          )
        }
      } catch let error as HubError {
        report.add(.unreadable, path, error.message)
      }
      done = before.saturatingSum(status.size)
    }
  }

  private func checkLinks(_ repository: StoredRepository, _ report: inout StoreReport) throws {
    let commits = try repository.commits()
    for (revision, commit) in try repository.revisions() where !commits.contains(commit) {
      report.add(
        .danglingRevision, "\(repository.refs)/\(revision)", "means commit \(commit.prefix(40)), which is not here")
    }
    for commit in commits {
      var folders = [""]
      while let folder = folders.popLast() {
        for name in try StoredRepository.names(in: "\(repository.snapshot(commit))/\(folder)") {
          let relative = folder.isEmpty ? name : "\(folder)/\(name)"
          let path = "\(repository.snapshot(commit))/\(relative)"
          guard let own = FileStatus(path, followingLinks: false) else { continue }
          if own.isFolder {
            if folders.count < 1000 { folders.append(relative) }
          } else if own.isLink {
            checkLink(path, depth: relative.split(separator: "/").count, &report)
          } else {
            report.unverifiable.append(path)
          }
        }
      }
      if !ModelFolder(path: repository.snapshot(commit)).isComplete() {
        report.add(
          .incomplete, repository.snapshot(commit), "files that running the model needs are missing; pull it again")
      }
    }
  }

  /// A link of a snapshot has to lead to a blob of the same model.
  private func checkLink(_ path: String, depth: Int, _ report: inout StoreReport) {
    let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? ""
    let start = String(repeating: "../", count: depth + 1) + "blobs/"
    if !target.hasPrefix(start) || target.dropFirst(start.count).contains("/") {
      report.add(.badLink, path, "expected a link to one of the model's blobs, found \"\(target)\"")
    } else if FileStatus(path) == nil {
      report.add(.badLink, path, "leads to a missing blob; pull the model again")
    }
  }
}

extension StoreReport {
  fileprivate mutating func add(_ kind: Problem.Kind, _ path: String, _ message: String) {
    problems.append(Problem(kind: kind, path: path, message: message))
  }
}
