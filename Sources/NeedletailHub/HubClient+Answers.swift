import AsyncHTTPClient
import NIOHTTP1
import NeedletailJSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One file whose checksum is known, ready to be fetched.
struct RemoteFile: Sendable {
  let path: RemotePath
  let checksum: Checksum
  /// Length in bytes; absent where the hub does not tell it, which only small files may do.
  let size: Int?
}

extension HubClient {
  /// The largest answer of the hub's programming interface that is read, bytes.
  static let answerLimit = 64 << 20
  /// The largest small file (named by git's checksum), bytes; larger ones are named by SHA-256.
  static let smallFileLimit = 256 << 20

  /// Asks for the commit behind a revision and its files.
  func listing(_ name: ModelName, _ revision: Revision) async throws -> Listing {
    let subject = ModelReference(name, revision).description
    let address = try address(
      "/api/models/\(name)/revision/\(Self.encoded(revision.description))", query: "blobs=true")
    return try await backoff.retrying {
      let response = try await send(.GET, address, subject: subject)
      guard response.status == .ok else { throw try await failure(response, name, revision, file: nil) }
      let bytes = try await body(of: response, limit: Self.answerLimit, subject: subject)
      return try Listing(parsing: bytes, subject: "\(subject): the hub's list of files")
    }
  }

  /// The address of a file's contents.
  func contents(_ path: RemotePath, of name: ModelName, commit: String) throws(HubError) -> URL {
    try address("/\(name)/resolve/\(commit)/\(Self.encoded(path.description, keepingSlashes: true))")
  }

  /// Asks for a file's checksum and length, without its contents.
  func metadata(_ file: ListedFile, of name: ModelName, commit: String) async throws -> RemoteFile {
    let subject = "\(name)/\(file.path)"
    let address = try contents(file.path, of: name, commit: commit)
    return try await backoff.retrying {
      let response = try await send(.HEAD, address, stopsAtMetadata: true, subject: subject)
      let isRedirect = (300..<400).contains(response.status.code)
      guard response.status == .ok || isRedirect else {
        throw try await failure(response, name, Revision(trusted: commit), file: file.path)
      }
      let headers = response.headers
      if let found = headers.first(name: "X-Repo-Commit"), found != commit {
        throw HubError(.badResponse, subject, "the hub answers with commit \(found.prefix(40)) instead of \(commit)")
      }
      guard let tag = headers.first(name: "X-Linked-Etag") ?? headers.first(name: "ETag"),
        let checksum = Checksum(entityTag: tag)
      else {
        throw HubError(
          .badResponse, subject,
          "the hub gives no checksum that can be verified (an ETag of 40 or 64 hexadecimal digits); is \(endpoint) a model hub?"
        )
      }
      if let listed = file.checksum, listed != checksum {
        throw HubError(.badResponse, subject, "the hub lists checksum \(listed) but answers with \(checksum)")
      }
      let length = headers.first(name: "X-Linked-Size") ?? (isRedirect ? nil : headers.first(name: "Content-Length"))
      let size = length.flatMap { Int($0) } ?? file.size
      if let size, let listed = file.size, size != listed {
        throw HubError(.wrongLength, subject, "the hub lists \(listed) bytes but answers with \(size)")
      }
      if let size, size < 0 { throw HubError(.badResponse, subject, "the hub gives a length of \(size) bytes") }
      return RemoteFile(path: file.path, checksum: checksum, size: size)
    }
  }

  /// The error that an answer other than success stands for; a ``PassingError`` where waiting may help.
  func failure(
    _ response: HTTPClientResponse, _ name: ModelName, _ revision: Revision, file: RemotePath?
  ) async throws -> any Error {
    let status = Int(response.status.code)
    let subject = file.map { "\(name)/\($0)" } ?? ModelReference(name, revision).description
    let said = response.headers.first(name: "X-Error-Message").map { " (\(Self.printable($0)))" } ?? ""
    let hint = token == nil ? "set HF_TOKEN to a token that may read it" : "the token in use may not read it"
    switch (response.headers.first(name: "X-Error-Code"), status) {
    case ("GatedRepo", _):
      let page = "\(endpoint.absoluteString)/\(name)"
      let step = token == nil ? "accept its conditions at \(page) and set HF_TOKEN" : "accept its conditions at \(page)"
      return HubError(.gated, subject, "the model is gated: \(step)\(said)")
    case ("RevisionNotFound", _):
      return HubError(.revisionNotFound, subject, "the hub has no revision \"\(revision)\" of this model\(said)")
    case ("EntryNotFound", _):
      return HubError(.fileNotFound, subject, "the hub has no such file in this model\(said)")
    case ("RepoNotFound", _):
      return HubError(
        .modelNotFound, subject, "the hub has no such model, or it is private: check the name, or \(hint)")
    case (_, 401):
      return HubError(.unauthorized, subject, "the hub wants to know who asks: check the name, or \(hint)\(said)")
    case (_, 403): return HubError(.forbidden, subject, "the hub refuses access; \(hint)\(said)")
    case (_, 404):
      return HubError(file == nil ? .modelNotFound : .fileNotFound, subject, "the hub does not have this\(said)")
    case (_, 429):
      let asked = Self.seconds(response.headers.first(name: "Retry-After"))
      let wait = asked.map { "; it asks to wait \($0) \($0 == 1 ? "second" : "seconds")" } ?? ""
      return PassingError(
        error: HubError(.rateLimited, subject, "the hub answers \"too many requests\"\(wait)\(said)"),
        retryAfter: asked.map { .seconds($0) })
    case (_, 408), (_, 500...):
      return PassingError(
        error: HubError(.server, subject, "the hub answers with status \(status)\(said)"),
        retryAfter: Self.seconds(response.headers.first(name: "Retry-After")).map { .seconds($0) })
    default: return HubError(.badResponse, subject, "the hub answers with status \(status)\(said)")
    }
  }

  private static func seconds(_ text: String?) -> Int? {
    text.flatMap { Int($0) }.flatMap { $0 >= 0 ? min($0, 1_000_000) : nil }
  }

  /// At most 200 printable characters of what a server said.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
  }
}
