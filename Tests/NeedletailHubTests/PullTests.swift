import NIOHTTP1
import NeedletailHub
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads a file of a pulled model.
func bytes(_ folder: URL, _ path: String) throws -> [UInt8] {
  Array(try Data(contentsOf: folder.appending(path: path)))
}

@Suite("Pulling a model")
struct PullTests {
  let name: ModelName
  let large = FakeHub.sha256(FakeHub.weights)

  init() throws { name = try ModelName(FakeHub.name) }

  @Test("brings only the files a model needs, laid out as the hub's own library lays them out")
  func layout() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let commit = "0123456789abcdef0123456789abcdef01234567"
      #expect(folder.path.hasSuffix("/models--tiny--model/snapshots/\(commit)"))
      #expect(temporary.paths(folder) == FakeHub.needed)
      #expect(try bytes(temporary.repository, "refs/main") == Array(commit.utf8))
      for path in FakeHub.needed {
        let file = try #require(FakeHub.model[path])
        #expect(try bytes(folder, path) == file.bytes)
        let blob = file.isLarge ? FakeHub.sha256(file.bytes) : FakeHub.gitSHA1(file.bytes)
        let up = path.contains("/") ? "../../../" : "../../"
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/" + path)
        #expect(target == up + "blobs/" + blob)
      }
      #expect(temporary.paths(temporary.repository.appending(path: "blobs")).count == FakeHub.needed.count)
      #expect(try temporary.store().snapshot(of: name) != nil)
    }
  }

  @Test("a second time asks for the list of files and nothing else")
  func again() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      _ = try await temporary.store(hub).pull(name)
      let before = hub.hub.requests.count + hub.cdn.requests.count
      _ = try await temporary.store(hub).pull(name)
      #expect(hub.hub.requests.count + hub.cdn.requests.count == before + 1)
    }
  }

  @Test("works with hubs that list names only, and with revisions and commits")
  func namesOnly() async throws {
    try await FakeHub.with { hub in
      hub.change { $0.listsChecksums = false }
      let temporary = try TemporaryStore()
      let request = try await temporary.store(hub).pull(name, revision: Revision("refs/pr/1"))
      #expect(temporary.paths(temporary.repository.appending(path: "refs")) == ["refs/pr/1"])
      let commit = try Revision(request.lastPathComponent)
      let folder = try await temporary.store(hub).pull(name, revision: commit)
      #expect(folder == request)
      #expect(temporary.paths(temporary.repository.appending(path: "refs")) == ["refs/pr/1"])
    }
  }

  @Test("gives the token to the hub and never to the host it redirects to")
  func token() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      _ = try await temporary.store(hub, ["HF_TOKEN": " hf_secret\n"]).pull(name)
      #expect(hub.hub.requests.allSatisfy { $0.headers.first(name: "Authorization") == "Bearer hf_secret" })
      #expect(!hub.cdn.requests.isEmpty)
      #expect(hub.cdn.requests.allSatisfy { !$0.headers.contains(name: "Authorization") })
    }
  }

  @Test(
    "finds the token where the environment says",
    arguments: ["HF_TOKEN_PATH", "HF_HOME", "HF_HUB_DISABLE_IMPLICIT_TOKEN"])
  func tokenFile(variable: String) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      try Data("hf_file\n".utf8).write(to: temporary.folder.appending(path: "token"))
      var environment = ["HF_HOME": temporary.folder.path]
      if variable == "HF_TOKEN_PATH" { environment = [variable: "~/token"] }
      if variable == "HF_HUB_DISABLE_IMPLICIT_TOKEN" { environment[variable] = "1" }
      _ = try await temporary.store(hub, environment).pull(name)
      let expected = variable == "HF_HUB_DISABLE_IMPLICIT_TOKEN" ? nil : "Bearer hf_file"
      #expect(hub.hub.requests.allSatisfy { $0.headers.first(name: "Authorization") == expected })
    }
  }

  @Test("goes on where an earlier run was cut")
  func resume() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      try temporary.write(
        Array(FakeHub.weights[..<1_000_000]), to: "models--tiny--model/blobs/\(large).incomplete")
      let folder = try await temporary.store(hub).pull(name)
      #expect(try bytes(folder, "model.safetensors") == FakeHub.weights)
      #expect(hub.cdn.requests.map(\.rangeStart) == [1_000_000])
    }
  }

  @Test("goes on where the connection was cut", arguments: [1, 1_500_000, 3_000_000])
  func cut(after count: Int) async throws {
    try await FakeHub.with { hub in
      let key = "GET /blob/\(large)"
      hub.change { $0.script[key] = [Reply(body: FakeHub.weights, cutAfter: count)] }
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      #expect(try bytes(folder, "model.safetensors") == FakeHub.weights)
      let starts = hub.cdn.requests.map(\.rangeStart)
      #expect(starts.count == 2 && starts[0] == nil)
      #expect((1...count).contains(try #require(starts[1])))
      #expect(temporary.waits.all.count == 1)
    }
  }

  @Test("starts over where the hub does not serve parts, serves the wrong part or refuses the part")
  func restart() async throws {
    let key = "GET /blob/\(large)"
    let wrongPart = Reply(
      status: .partialContent, headers: [("Content-Range", "bytes 0-9/\(FakeHub.weights.count)")], body: [0])
    for reply in [nil, wrongPart, Reply.error(.rangeNotSatisfiable)] {
      try await FakeHub.with { hub in
        hub.change {
          $0.servesRanges = false
          if let reply { $0.script[key] = [reply] }
        }
        let temporary = try TemporaryStore()
        try temporary.write([1, 2, 3], to: "models--tiny--model/blobs/\(large).incomplete")
        let folder = try await temporary.store(hub).pull(name)
        #expect(try bytes(folder, "model.safetensors") == FakeHub.weights)
      }
    }
  }

  @Test(
    "starts over where what an earlier run left is damaged or too long", arguments: [1_000_000, 3_100_000, 3_001_280])
  func damagedPart(count: Int) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      try temporary.write(
        Array(repeating: 0x55, count: count), to: "models--tiny--model/blobs/\(large).incomplete")
      let folder = try await temporary.store(hub).pull(name)
      #expect(try bytes(folder, "model.safetensors") == FakeHub.weights)
    }
  }

  @Test("tells how far it is, and ends at the total")
  func progress() async throws {
    try await FakeHub.with { hub in
      let seen = Mutex<[PullProgress]>([])
      let temporary = try TemporaryStore()
      _ = try await temporary.store(hub).pull(name) { step in seen.withLock { $0.append(step) } }
      let steps = seen.withLock { $0 }
      let total = FakeHub.needed.reduce(0) { $0 + (FakeHub.model[$1]?.bytes.count ?? 0) }
      let last = try #require(steps.last)
      #expect(last.completedBytes == total && last.totalBytes == total && last.fileCount == FakeHub.needed.count)
      #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.completedBytes <= $1.completedBytes })
    }
  }

  @Test("from several tasks at once downloads a large file once")
  func concurrent() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let store = temporary.store(hub)
      try await withThrowingTaskGroup(of: URL.self) { group in
        for _ in 0..<6 { group.addTask { try await store.pull(name) } }
        for try await folder in group { #expect(try bytes(folder, "model.safetensors") == FakeHub.weights) }
      }
      #expect(hub.contentRequests("model.safetensors").filter { $0.path.hasPrefix("/blob") }.count == 1)
      #expect(temporary.paths(temporary.repository).allSatisfy { !$0.hasSuffix(".incomplete") && !$0.hasPrefix(".") })
    }
  }

  @Test("stops when it is cancelled, and what had arrived is kept")
  func cancelled() async throws {
    try await FakeHub.with { hub in
      let key = "GET /blob/\(large)"
      let reply = Reply(
        headers: [("Content-Length", "\(FakeHub.weights.count)")], body: Array(FakeHub.weights[..<500_000]))
      hub.change { $0.script[key] = [reply] }
      let temporary = try TemporaryStore()
      let store = temporary.store(hub)
      let (arrived, signal) = AsyncStream.makeStream(of: Void.self)
      let task = Task {
        try await store.pull(name) { step in
          if step.file == "model.safetensors", step.fileBytes >= 100_000 { signal.yield() }
        }
      }
      for await _ in arrived { break }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      let partial = temporary.repository.appending(path: "blobs/\(large).incomplete")
      #expect(try Data(contentsOf: partial).count >= 100_000)
      #expect(try store.snapshot(of: name) == nil)
      let folder = try await store.pull(name)
      #expect(try bytes(folder, "model.safetensors") == FakeHub.weights)
    }
  }

  @Test("moves a branch only once the new commit is complete")
  func newCommit() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let store = temporary.store(hub)
      let old = try await store.pull(name)
      hub.change {
        $0.commit = "fedcba9876543210fedcba9876543210fedcba98"
        $0.files["config.json"] = FakeHub.small(#"{"model_type": "bert", "hidden_size": 16}"#)
        let broken = Reply(body: [], announcedLength: 41, cutAfter: 0)
        $0.script["GET /tiny/model/resolve/\($0.commit)/config.json"] = Array(repeating: broken, count: 5)
      }
      await #expect(throws: HubError.self) { try await store.pull(name) }
      #expect(try store.snapshot(of: name) == old)
      let new = try await store.pull(name)
      #expect(new != old)
      #expect(try store.snapshot(of: name) == new)
      #expect(try bytes(old, "config.json") != bytes(new, "config.json"))
      #expect(hub.contentRequests("model.safetensors").filter { $0.path.hasPrefix("/blob") }.count == 1)
    }
  }
}
