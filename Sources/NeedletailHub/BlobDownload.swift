import AsyncHTTPClient
import NIOHTTP1
import NIOPosix

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The way of one file's contents into the store: lock, fetch or go on fetching, verify, put in place.
struct BlobDownload: Sendable {
  let client: HubClient
  let repository: StoredRepository
  let commit: String
  let file: RemoteFile
  /// Whether contents that are in place are read and compared with their checksum.
  let checksContents: Bool
  /// Told how many bytes are on this machine, each time that changes.
  let report: @Sendable (Int) -> Void

  private var subject: String { "\(repository.name)/\(file.path)" }
  /// How many bytes an attempt must bring to count as progress.
  private static let worthwhile = 1 << 20

  /// Returns once the blob is in place and verified.
  ///
  /// - Throws: ``HubError``; what has arrived stays as `.incomplete` for the next time, unless it proved wrong.
  func run() async throws {
    if try await isInPlace() { return }
    let lock = try await takeLock()
    defer { withExtendedLifetime(lock) {} }
    if try await isInPlace() { return }
    let path = repository.partialBlob(file.checksum)
    let partial = try await offPool { try OpenFile(creating: path) }
    let found = try partial.size()
    do {
      try await fetch(into: partial)
      try await verify(partial)
    } catch let error as HubError where error.code == .wrongChecksum && found > 0 {
      // What an earlier run left may have been damaged since: once more, from the first byte.
      try partial.truncate(to: 0)
      do {
        try await fetch(into: partial)
        try await verify(partial)
      } catch {
        throw discarding(path, after: error)
      }
    } catch {
      throw discarding(path, after: error)
    }
    let blob = repository.blob(file.checksum)
    let folder = repository.blobs
    try await offPool {
      try partial.sync()
      try moveFile(path, to: blob)
      try OpenFile(reading: folder).sync()
    }
  }

  /// Whether the contents are there with the right length and, where that is wanted, the right checksum; others are
  /// fetched anew and take the place of these.
  private func isInPlace() async throws -> Bool {
    guard let status = FileStatus(repository.blob(file.checksum)), !status.isFolder else { return false }
    guard status.size == file.size ?? status.size else { return false }
    if checksContents {
      let (expected, path) = (file.checksum, repository.blob(file.checksum))
      let found = try? await offPool { try expected.recomputed(from: OpenFile(reading: path)) }
      try Task.checkCancellation()
      guard found == expected else { return false }
    }
    report(status.size)
    return true
  }

  private func takeLock() async throws -> OpenFile {
    let lock = try OpenFile(creating: repository.lock(file.checksum), permissions: 0o664)
    var pause = Duration.milliseconds(20)
    while try !lock.tryLock() {
      try await client.backoff.sleep(pause)
      pause = min(pause * 2, .milliseconds(500))
    }
    return lock
  }

  /// Fetches until all bytes are there, going on where a cut connection stopped.
  private func fetch(into partial: OpenFile) async throws {
    var failures = 0
    while true {
      let start = try partial.size()
      if let size = file.size, start == size, size > 0 { return }
      do {
        return try await attempt(partial, from: start)
      } catch let failure as PassingError {
        if try partial.size() - start >= Self.worthwhile { failures = 0 }
        failures += 1
        try await client.backoff.wait(after: failure, failures: failures)
      }
    }
  }

  private func attempt(_ partial: OpenFile, from found: Int) async throws {
    var start = found
    if start > file.size ?? 0 {
      try partial.truncate(to: 0)
      start = 0
    }
    report(start)
    let address = try client.contents(file.path, of: repository.name, commit: commit)
    let response = try await client.send(.GET, address, range: start > 0 ? start : nil, subject: subject)
    switch response.status.code {
    case 206:
      guard let range = ContentRange(response.headers.first(name: "Content-Range") ?? ""), range.first == start,
        range.total == nil || range.total == file.size
      else {
        try partial.truncate(to: 0)
        throw PassingError(error: HubError(.badResponse, subject, "the hub sends another part than was asked for"))
      }
    case 200:
      if start > 0 { try partial.truncate(to: 0) }
      start = 0
    case 416 where start > 0:
      try partial.truncate(to: 0)
      throw PassingError(error: HubError(.badResponse, subject, "the hub refuses to go on at byte \(start)"))
    default:
      throw try await client.failure(response, repository.name, Revision(trusted: commit), file: file.path)
    }
    if let size = file.size, let length = response.headers.first(name: "Content-Length").flatMap({ Int($0) }),
      length != size - start
    {
      throw wrongLength(length)
    }
    try await receive(response, into: partial, from: start)
  }

  private func receive(_ response: HTTPClientResponse, into partial: OpenFile, from start: Int) async throws {
    let limit = file.size ?? HubClient.smallFileLimit
    var offset = start
    try await client.forEachPart(of: response, subject: subject) { part in
      guard offset + part.count <= limit else { throw wrongLength(offset + part.count) }
      let place = offset
      try await offPool { try partial.write(part, at: place) }
      offset += part.count
      report(offset)
    }
    if let size = file.size, offset < size {
      throw PassingError(
        error: HubError(.network, subject, "the connection to the hub was cut after \(offset) of \(size) bytes"))
    }
  }

  private func verify(_ partial: OpenFile) async throws {
    let expected = file.checksum
    let found = try await offPool { try expected.recomputed(from: partial) }
    guard found == expected else {
      throw HubError(
        .wrongChecksum, subject,
        "the \(expected.kind) of what arrived is \(found), expected \(expected); it was deleted")
    }
  }

  private func wrongLength(_ found: Int) -> HubError {
    let expected = file.size.map { "\($0)" } ?? "at most \(HubClient.smallFileLimit)"
    return HubError(.wrongLength, subject, "the hub sends \(found) bytes or more, expected \(expected); it was deleted")
  }

  /// Deletes what arrived if the error says that it is wrong.
  private func discarding(_ path: String, after error: any Error) -> any Error {
    if let error = error as? HubError, error.code == .wrongChecksum || error.code == .wrongLength {
      try? FileManager.default.removeItem(atPath: path)
    }
    return error
  }
}

/// The header of an answer that holds a part of a file: `bytes 5-9/10`.
struct ContentRange: Sendable, Equatable {
  let first: Int
  let last: Int
  let total: Int?

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let sides = parts[1].split(separator: "/", omittingEmptySubsequences: false)
    let ends = (sides.first ?? "").split(separator: "-", omittingEmptySubsequences: false)
    guard sides.count == 2, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), 0 <= first,
      first <= last, sides[1] == "*" || Int(sides[1]) != nil
    else { return nil }
    self.first = first
    self.last = last
    total = Int(sides[1])
  }
}

/// Runs blocking work on a thread of its own kind, so that no thread of the concurrency runtime waits for a disk.
func offPool<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await NIOThreadPool.singleton.runIfActive(work)
}
