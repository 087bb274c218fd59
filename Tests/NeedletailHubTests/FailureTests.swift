import NIOHTTP1
import NeedletailHub
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("A pull that fails")
struct FailureTests {
  let name: ModelName
  let large = FakeHub.sha256(FakeHub.weights)
  static let list = "GET /api/models/tiny/model/revision/main"

  init() throws { name = try ModelName(FakeHub.name) }

  /// Pulls and returns the error.
  func failure(
    _ hub: FakeHub, _ temporary: TemporaryStore, _ model: String = FakeHub.name, _ revision: Revision = .main,
    environment: [String: String] = [:]
  ) async throws -> HubError {
    let name = try ModelName(model)
    let store = temporary.store(hub, environment)
    return try #require(await #expect(throws: HubError.self) { try await store.pull(name, revision: revision) })
  }

  @Test(
    "says what the hub's answer means",
    arguments: [
      (Reply.error(.unauthorized), HubError.Code.unauthorized, "HF_TOKEN"),
      (Reply.error(.unauthorized, code: "RepoNotFound"), .modelNotFound, "check the name"),
      (Reply.error(.forbidden, code: "GatedRepo"), .gated, "accept its conditions"),
      (Reply.error(.forbidden), .forbidden, "refuses access"),
      (Reply.error(.notFound, code: "RevisionNotFound"), .revisionNotFound, "no revision \"main\""),
      (Reply.error(.notFound), .modelNotFound, "does not have this"),
      (Reply.error(.imATeapot), .badResponse, "status 418"),
      (Reply(body: Array("<html>".utf8)), .badResponse, "is not what a hub sends"),
      (Reply(body: Array(#"{"sha": "../../x", "siblings": []}"#.utf8)), .badResponse, "40 hexadecimal digits"),
      (Reply(status: .found, headers: [("Location", "file:///etc/passwd")]), .badResponse, "not followed"),
    ])
  func answers(reply: Reply, code: HubError.Code, text: String) async throws {
    try await FakeHub.with { hub in
      hub.change { $0.script[Self.list] = [reply] }
      let error = try await failure(hub, try TemporaryStore())
      #expect(error.code == code)
      #expect(error.description.contains(text), "\(error)")
      #expect(!error.description.contains("\n"))
    }
  }

  @Test("knows a missing model from a missing revision and a missing file")
  func missing() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      #expect(try await failure(hub, temporary, "tiny/absent").code == .modelNotFound)
      #expect(try await failure(hub, temporary, FakeHub.name, Revision("v9")).code == .revisionNotFound)
      hub.change { $0.extraNames = ["vocab.txt"] }
      let error = try await failure(hub, temporary)
      #expect(error.code == .fileNotFound && error.subject == "tiny/model/vocab.txt")
    }
  }

  @Test("waits as long as the hub asks, then goes on")
  func tooManyRequests() async throws {
    try await FakeHub.with { hub in
      let busy = Reply.error(.tooManyRequests, headers: [("Retry-After", "17")])
      hub.change {
        $0.script[Self.list] = [busy]
        $0.script["GET /blob/\(large)"] = [busy]
      }
      let temporary = try TemporaryStore()
      _ = try await temporary.store(hub).pull(name)
      #expect(temporary.waits.all == [.seconds(17), .seconds(17)])
    }
  }

  @Test("tells of every wait before it begins")
  func delays() async throws {
    try await FakeHub.with { hub in
      hub.change {
        $0.script[Self.list] = [
          .error(.tooManyRequests, headers: [("Retry-After", "1")]), .error(.serviceUnavailable),
        ]
      }
      let temporary = try TemporaryStore()
      let told = Mutex<[PullDelay]>([])
      _ = try await temporary.store(hub).pull(name, delay: { delay in told.withLock { $0.append(delay) } })
      let delays = told.withLock { $0 }
      #expect(delays.map(\.duration) == temporary.waits.all)
      #expect(
        delays.map(\.reason.message) == [
          "the hub answers \"too many requests\"; it asks to wait 1 second", "the hub answers with status 503",
        ])
    }
  }

  @Test("gives up at once where the hub asks to wait for longer than is sensible")
  func longWait() async throws {
    try await FakeHub.with { hub in
      let busy = Reply.error(.tooManyRequests, headers: [("Retry-After", "86400")])
      hub.change { $0.script[Self.list] = [busy] }
      let temporary = try TemporaryStore()
      let error = try await failure(hub, temporary)
      #expect(error.code == .rateLimited && error.message.contains("86400"))
      #expect(temporary.waits.all.isEmpty)
    }
  }

  @Test("comes through server errors with growing, scattered waits, and gives up after five in a row")
  func serverErrors() async throws {
    try await FakeHub.with { hub in
      let down = Reply.error(.serviceUnavailable)
      let temporary = try TemporaryStore()
      hub.change { $0.script[Self.list] = Array(repeating: down, count: 4) }
      _ = try await temporary.store(hub).pull(name)
      let waits = temporary.waits.all
      #expect(waits.count == 4)
      for (wait, middle) in zip(waits, [1, 2, 4, 8]) {
        #expect(wait >= .milliseconds(500 * middle) && wait <= .milliseconds(1500 * middle))
      }
      hub.change { $0.script[Self.list] = Array(repeating: down, count: 5) }
      #expect(try await failure(hub, temporary).code == .server)
    }
  }

  @Test("says that nobody answers")
  func nobody() async throws {
    let temporary = try TemporaryStore()
    let store = temporary.store(nil, ["HF_ENDPOINT": "http://127.0.0.1:1"])
    let error = await #expect(throws: HubError.self) { try await store.pull(name) }
    #expect(error?.code == .network)
    #expect(
      error?.message == "the connection to http://127.0.0.1:1 failed: Connection refused; tried 5 times")
    #expect(temporary.waits.all.count == 4)
  }

  @Test("deletes contents with a wrong checksum", arguments: ["model.safetensors", "tokenizer.json"])
  func wrongChecksum(file: String) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      var wrong = try #require(FakeHub.model[file]).bytes
      wrong[wrong.count / 2] ^= 1
      let replies = [Reply(body: wrong)]
      let key = file == "model.safetensors" ? "GET /blob/\(large)" : "GET /tiny/model/resolve/\(commit)/\(file)"
      hub.change { $0.script[key] = replies }
      let error = try await failure(hub, temporary)
      #expect(error.code == .wrongChecksum && error.subject == "tiny/model/\(file)")
      let checksum = file == "model.safetensors" ? large : FakeHub.gitSHA1(try #require(FakeHub.model[file]).bytes)
      #expect(!temporary.paths(temporary.repository).contains { $0.contains(checksum) })
      #expect(try temporary.store().snapshot(of: name) == nil)
    }
  }

  @Test("deletes contents of a wrong length", arguments: [-1, 1])
  func wrongLength(by difference: Int) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let bytes = difference < 0 ? FakeHub.weights.dropLast() : FakeHub.weights + [0]
      let reply = Reply(body: Array(bytes))
      hub.change { $0.script["GET /blob/\(large)"] = [reply] }
      #expect(try await failure(hub, temporary).code == .wrongLength)
      #expect(!temporary.paths(temporary.repository).contains { $0.contains(large) })
    }
  }

  @Test("does not follow an answer that never ends", arguments: [list, "GET /blob/"])
  func endless(key: String) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let key = key.hasSuffix("/") ? key + large : key
      hub.change { $0.script[key] = Array(repeating: Reply(isEndless: true), count: 5) }
      let error = try await failure(hub, temporary)
      #expect(error.code == (key == Self.list ? .tooLarge : .wrongLength))
    }
  }

  @Test(
    "refuses file names that leave the model's folder",
    arguments: [
      "../../outside.json", "/etc/outside.json", "1_Pooling/../../../outside.json", "a//b.json", "a/./b.json", "..",
      "..\\outside.json", "C:outside.json", "a\u{0}b.json", "tail/", "", String(repeating: "x", count: 300),
    ])
  func hostileName(path: String) async throws {
    try await FakeHub.with { hub in
      hub.change { $0.extraNames = [path] }
      let temporary = try TemporaryStore()
      #expect(try await failure(hub, temporary).code == .unsafeFileName)
      #expect(!temporary.paths(temporary.folder).contains { $0.contains("outside") })
    }
  }

  @Test("refuses folders of modules that leave the model's folder")
  func hostileModule() async throws {
    var files = FakeHub.model
    files["modules.json"] = FakeHub.small(#"[{"path": "../../x", "type": "sentence_transformers.models.Dense"}]"#)
    try await FakeHub.with(files) { hub in
      let error = try await failure(hub, TemporaryStore())
      #expect(error.code == .unsafeFileName)
    }
  }

  @Test("refuses checksums that are none", arguments: ["\"../../../x\"", "\"abc\"", "W/\"\"", ""])
  func hostileTag(tag: String) async throws {
    try await FakeHub.with { hub in
      let reply = Reply(headers: [("ETag", tag), ("X-Repo-Commit", commit)])
      hub.change { $0.script["HEAD /tiny/model/resolve/\(commit)/config.json"] = [reply] }
      let error = try await failure(hub, TemporaryStore())
      #expect(error.code == .badResponse)
    }
  }

  @Test("refuses an answer for another commit, and one whose checksum or length is not the listed one")
  func contradictions() async throws {
    let other = String(repeating: "a", count: 40)
    let file = try #require(FakeHub.model["config.json"]).bytes
    let tag = "\"\(FakeHub.gitSHA1(file))\""
    let replies: [(Reply, HubError.Code)] = [
      (Reply(headers: [("ETag", tag), ("X-Repo-Commit", other)], body: file), .badResponse),
      (Reply(headers: [("ETag", "\"\(other)\""), ("X-Repo-Commit", commit)], body: file), .badResponse),
      (Reply(headers: [("ETag", tag), ("X-Repo-Commit", commit)], body: file + [0]), .wrongLength),
    ]
    for (reply, code) in replies {
      try await FakeHub.with { hub in
        hub.change { $0.script["HEAD /tiny/model/resolve/\(commit)/config.json"] = [reply] }
        let error = try await failure(hub, TemporaryStore())
        #expect(error.code == code)
      }
    }
  }

  @Test("stops before the first byte where the disk cannot hold the model")
  func diskFull() async throws {
    try await FakeHub.with { hub in
      let size = "\(Int.max / 2)"
      let reply = Reply(
        status: .found,
        headers: [
          ("X-Repo-Commit", commit), ("X-Linked-Etag", "\"\(large)\""), ("X-Linked-Size", size),
          ("Location", "http://127.0.0.1:1/x"),
        ])
      hub.change {
        $0.listsChecksums = false
        $0.script["HEAD /tiny/model/resolve/\(commit)/model.safetensors"] = [reply]
      }
      let error = try await failure(hub, TemporaryStore())
      #expect(error.code == .diskFull)
      #expect(hub.cdn.requests.isEmpty)
    }
  }

  @Test("names the path that cannot be written")
  func unwritable() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      try Data().write(to: temporary.cache)
      let error = try await failure(hub, temporary)
      #expect(error.code == .fileSystem && error.subject.hasPrefix(temporary.cache.path))
      #expect(!error.message.contains("CocoaError") && !error.message.contains("Foundation"), "\(error)")
    }
  }

  @Test("says so where the weights are in no format that is read here")
  func noReadableWeights() async throws {
    var files = FakeHub.model
    files["model.safetensors"] = nil
    files["model.fp16.safetensors"] = nil
    files["pytorch_model.bin"] = nil
    files["tf_model.h5"] = FakeHub.small("x")
    try await FakeHub.with(files) { hub in
      let error = try await failure(hub, try TemporaryStore())
      #expect(error.code == .noReadableWeights && error.message.contains("tf_model.h5"))
    }
    files = FakeHub.model
    files["1_Pooling/flax_model.msgpack"] = FakeHub.small("x")
    try await FakeHub.with(files) { hub in
      let error = try await failure(hub, try TemporaryStore())
      #expect(error.code == .noReadableWeights && error.message.contains("1_Pooling/flax_model.msgpack"))
    }
  }

  @Test("does not touch the network where that is forbidden, and finds what is here")
  func offline() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let error = try await failure(hub, temporary, environment: ["HF_HUB_OFFLINE": "yes"])
      #expect(error.code == .offline)
      #expect(hub.hub.requests.isEmpty)
      let folder = try await temporary.store(hub).pull(name)
      #expect(try await temporary.store(nil, ["TRANSFORMERS_OFFLINE": "1"]).pull(name) == folder)
    }
  }

  @Test(
    "names the setting that cannot be used, and never shows a token",
    arguments: [
      ("HF_ENDPOINT", "ftp://example.org"), ("HF_ENDPOINT", "not an address"), ("HF_TOKEN", "hf_a\u{1}b secret"),
    ])
  func badSetting(key: String, value: String) async throws {
    try await FakeHub.with { hub in
      let error = try await failure(hub, try TemporaryStore(), environment: [key: value])
      #expect(error.code == .invalidSetting && error.subject == key)
      #expect(!error.description.contains("secret"))
    }
  }

  private var commit: String { "0123456789abcdef0123456789abcdef01234567" }
}
