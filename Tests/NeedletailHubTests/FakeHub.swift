import Crypto
import NIOHTTP1
import NeedletailHub
import NeedletailJSON
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A hub with one model and, on another port, the host that large files are redirected to.
final class FakeHub: Sendable {
  struct File: Sendable {
    let bytes: [UInt8]
    /// Whether it is kept in LFS: named by SHA-256 and served from the other host.
    let isLarge: Bool
  }

  /// What the hub holds and how it misbehaves.
  struct State: Sendable {
    var files: [String: File]
    var commit = "0123456789abcdef0123456789abcdef01234567"
    /// Names listed as they are, whatever they hold.
    var extraNames: [String] = []
    /// Whether the list of files tells checksums and lengths.
    var listsChecksums = true
    /// Whether parts of files are served.
    var servesRanges = true
    /// Answers that are given once each, before the usual ones, by `METHOD path`.
    var script: [String: [Reply]] = [:]
  }

  static let name = "tiny/model"
  let hub: LoopbackServer
  let cdn: LoopbackServer
  private let state: SharedState

  init(_ files: [String: File] = FakeHub.model) async throws {
    let state = SharedState(State(files: files))
    let cdn = try await LoopbackServer { state.answer($0) { FakeHub.answerAsStorage($0, $1) } }
    let elsewhere = cdn.address
    hub = try await LoopbackServer { state.answer($0) { FakeHub.answer($0, $1, storage: elsewhere) } }
    self.cdn = cdn
    self.state = state
  }

  /// Runs a test against a hub and stops it afterwards.
  static func with<Result>(
    _ files: [String: File] = FakeHub.model, _ body: (FakeHub) async throws -> Result
  ) async throws -> Result {
    let hub = try await FakeHub(files)
    do {
      let result = try await body(hub)
      await hub.stop()
      return result
    } catch {
      await hub.stop()
      throw error
    }
  }

  func change(_ body: @Sendable (inout State) -> Void) { state.change(body) }
  func stop() async {
    await hub.stop()
    await cdn.stop()
  }

  /// The requests for a file's contents, at the hub and at the storage host.
  func contentRequests(_ file: String) -> [Request] {
    let bytes = state.value.files[file]?.bytes ?? []
    return (hub.requests + cdn.requests).filter {
      $0.method == "GET" && ($0.path.hasSuffix("/\(file)") || $0.path == "/blob/\(FakeHub.sha256(bytes))")
    }
  }

  // What a real hub does.

  private static func answer(_ request: Request, _ state: State, storage: String) -> Reply {
    let parts = request.path.split(separator: "/").map(String.init)
    let inAPI = parts.starts(with: ["api", "models"])
    let path = inAPI ? Array(parts.dropFirst(2)) : parts
    guard path.count >= 2, path[0] + "/" + path[1] == name else { return .error(.notFound, code: "RepoNotFound") }
    let revision = path.count > 3 ? path[3] : "main"
    guard ["main", "refs%2Fpr%2F1", state.commit].contains(revision) else {
      return .error(.notFound, code: "RevisionNotFound")
    }
    if inAPI { return path.count > 2 && path[2] == "tree" ? tree(state) : listing(state, request) }
    let file = path.dropFirst(4).joined(separator: "/")
    guard path.count > 4, path[2] == "resolve", let found = state.files[file] else {
      return .error(.notFound, code: "EntryNotFound", headers: [("X-Repo-Commit", state.commit)])
    }
    var headers = [(name: "X-Repo-Commit", value: state.commit)]
    if found.isLarge {
      headers += [
        ("X-Linked-Etag", "\"\(sha256(found.bytes))\""), ("X-Linked-Size", "\(found.bytes.count)"),
        ("Location", "\(storage)/blob/\(sha256(found.bytes))"), ("ETag", "\"some-other-tag\""),
      ]
      return Reply(status: .found, headers: headers, body: Array("Found".utf8))
    }
    return part(of: found.bytes, request, state, headers + [("ETag", "W/\"\(gitSHA1(found.bytes))\"")])
  }

  private static func answerAsStorage(_ request: Request, _ state: State) -> Reply {
    for file in state.files.values where file.isLarge && request.path == "/blob/\(sha256(file.bytes))" {
      return part(of: file.bytes, request, state, [("ETag", "\"0011223344-5\"")])
    }
    return .error(.forbidden)
  }

  private static func part(
    of bytes: [UInt8], _ request: Request, _ state: State, _ headers: [(name: String, value: String)]
  ) -> Reply {
    guard state.servesRanges, let start = request.rangeStart else { return Reply(headers: headers, body: bytes) }
    guard start < bytes.count else { return .error(.rangeNotSatisfiable) }
    let range = ("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")
    return Reply(status: .partialContent, headers: headers + [range], body: Array(bytes[start...]))
  }

  private static func listing(_ state: State, _ request: Request) -> Reply {
    var siblings: [JSONValue] = state.extraNames.map { .object(["rfilename": .string($0)]) }
    for (name, file) in state.files.sorted(by: { $0.key < $1.key }) {
      var entry: [(key: String, value: JSONValue)] = [("rfilename", .string(name))]
      if state.listsChecksums, request.query.contains("blobs=") {
        entry += [("size", .integer(file.bytes.count)), ("blobId", .string(gitSHA1(file.bytes)))]
        if file.isLarge {
          entry.append(
            ("lfs", .object(["sha256": .string(sha256(file.bytes)), "size": .integer(file.bytes.count)])))
        }
      }
      siblings.append(.object(entry))
    }
    let body = JSONValue.object([
      "id": .string(name), "modelId": .string(name), "sha": .string(state.commit), "private": .boolean(false),
      "gated": .boolean(false), "disabled": .boolean(false), "tags": .array([]), "downloads": .integer(0),
      "likes": .integer(0), "siblings": .array(siblings),
    ])
    return Reply(headers: [("Content-Type", "application/json")], body: Array(body.text().utf8))
  }

  private static func tree(_ state: State) -> Reply {
    let rows = state.files.sorted { $0.key < $1.key }.map { name, file in
      var row: [(key: String, value: JSONValue)] = [
        ("type", .string("file")), ("path", .string(name)), ("size", .integer(file.bytes.count)),
        ("oid", .string(gitSHA1(file.bytes))),
      ]
      if file.isLarge {
        row.append(
          (
            "lfs",
            .object([
              "oid": .string(sha256(file.bytes)), "size": .integer(file.bytes.count), "pointerSize": .integer(130),
            ])
          ))
      }
      return JSONValue.object(row)
    }
    return Reply(headers: [("Content-Type", "application/json")], body: Array(JSONValue.array(rows).text().utf8))
  }

  static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }
  static func gitSHA1(_ bytes: [UInt8]) -> String {
    hexadecimal(Insecure.SHA1.hash(data: Array("blob \(bytes.count)\0".utf8) + bytes))
  }
  private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// The state of a hub, shared by its two servers and its test.
private final class SharedState: Sendable {
  private let state: Mutex<FakeHub.State>
  init(_ state: FakeHub.State) { self.state = Mutex(state) }
  var value: FakeHub.State { state.withLock { $0 } }
  func change(_ body: @Sendable (inout FakeHub.State) -> Void) { state.withLock { body(&$0) } }

  /// The scripted answer if there is one left, else the usual one.
  func answer(_ request: Request, usual: (Request, FakeHub.State) -> Reply) -> Reply {
    let scripted = state.withLock { state -> Reply? in
      let key = "\(request.method) \(request.path)"
      guard state.script[key]?.isEmpty == false else { return nil }
      return state.script[key]?.removeFirst()
    }
    return scripted ?? usual(request, value)
  }
}
