import NeedletailHub
import NeedletailJSON
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// Python's `huggingface_hub` and this store over one folder.
///
/// Runs where `NEEDLETAIL_PYTHON` names a Python that has the package, as `make test` arranges it.
@Suite(
  "Together with Python's huggingface_hub",
  .enabled(if: Python.path != nil, "set NEEDLETAIL_PYTHON to a Python that has huggingface_hub to run these"))
struct InteropTests {
  let name: ModelName

  init() throws { name = try ModelName(FakeHub.name) }

  @Test("Python finds what we fetched, and its look over the cache has nothing to warn of")
  func ours() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let script = """
        import json, os, huggingface_hub as h
        folder = h.snapshot_download("tiny/model", local_files_only=True)
        one = h.hf_hub_download("tiny/model", "1_Pooling/config.json", local_files_only=True)
        again = h.hf_hub_download("tiny/model", "model.safetensors")
        cached = h.try_to_load_from_cache("tiny/model", "tokenizer.json")
        info = h.scan_cache_dir()
        repo = next(iter(info.repos))
        revision = next(iter(repo.revisions))
        print(json.dumps({
          "folder": os.path.realpath(folder), "files": [one, again, cached], "warnings": [str(w) for w in info.warnings],
          "repos": [r.repo_id for r in info.repos], "size": repo.size_on_disk, "count": repo.nb_files,
          "commit": revision.commit_hash, "refs": sorted(revision.refs), "open": len(getattr(info, "incomplete_files", []))}))
        """
      let gets = hub.contentRequests("model.safetensors").count
      let result = try await Python.run(script, hub, temporary)
      #expect(result["folder"]?.string == folder.resolvingSymlinksInPath().path)
      #expect(result["warnings"]?.count == 0 && result["open"]?.integer == 0)
      #expect(result["repos"]?.elements.map(\.string) == ["tiny/model"])
      #expect(result["commit"]?.string == folder.lastPathComponent)
      #expect(result["refs"]?.elements.map(\.string) == ["main"])
      #expect(result["count"]?.integer == FakeHub.needed.count)
      #expect(result["size"]?.integer == (try temporary.store().list().first?.size))
      let files = try #require(result["files"]).elements.map { $0.string ?? "" }
      #expect(files.allSatisfy { $0.contains("/snapshots/\(folder.lastPathComponent)/") })
      #expect(hub.contentRequests("model.safetensors").count == gets)
    }
  }

  @Test("we find what Python fetched, and fetch only what is missing")
  func theirs() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let script = """
        import json, huggingface_hub as h
        one = h.hf_hub_download("tiny/model", "config.json")
        print(json.dumps({"folder": one}))
        """
      _ = try await Python.run(script, hub, temporary)
      #expect(try temporary.store().snapshot(of: name) == nil)
      let all = "import json, huggingface_hub as h; print(json.dumps({'folder': h.snapshot_download('tiny/model')}))"
      let folder = try #require(try await Python.run(all, hub, temporary)["folder"]?.string)
      let found = try #require(try temporary.store().snapshot(of: name))
      #expect(found.resolvingSymlinksInPath().path == URL(filePath: folder).resolvingSymlinksInPath().path)
      let report = try await temporary.store().verify(name)
      #expect(report.isSound && report.checkedFiles == FakeHub.model.count && report.unverifiable.isEmpty)
      let before = hub.hub.requests.count + hub.cdn.requests.count
      #expect(try await temporary.store(hub).pull(name).lastPathComponent == found.lastPathComponent)
      #expect(hub.hub.requests.count + hub.cdn.requests.count == before + 1)
    }
  }

  @Test("both at once leave a sound cache")
  func together() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let store = temporary.store(hub)
      let script = """
        import json, huggingface_hub as h
        folder = h.snapshot_download("tiny/model")
        print(json.dumps({"warnings": len(h.scan_cache_dir().warnings)}))
        """
      async let python = Python.run(script, hub, temporary)
      for _ in 0..<20 { _ = try await store.pull(name) }
      #expect(try await python["warnings"]?.integer == 0)
      #expect(try await store.verify(name).isSound)
    }
  }

  @Test("waits for a download of Python's to release its lock")
  func lock() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let checksum = FakeHub.sha256(FakeHub.weights)
      let lock = temporary.cache.appending(path: ".locks/models--tiny--model/\(checksum).lock")
      let blob = temporary.repository.appending(path: "blobs/\(checksum)")
      // Holds the lock until the other side has fetched everything else, then puts the blob in place.
      let script = """
        import json, os, time
        from huggingface_hub.utils import WeakFileLock
        os.makedirs(os.path.dirname("\(lock.path)"), exist_ok=True)
        os.makedirs(os.path.dirname("\(blob.path)"), exist_ok=True)
        with WeakFileLock("\(lock.path)"):
            open("\(temporary.folder.path)/held", "w").close()
            while len(os.listdir(os.path.dirname("\(blob.path)"))) < \(FakeHub.needed.count - 1): time.sleep(0.002)
            time.sleep(0.05)
            with open("\(temporary.folder.path)/weights", "rb") as source, open("\(blob.path)", "wb") as target:
                target.write(source.read())
        print(json.dumps({}))
        """
      try Data(FakeHub.weights).write(to: temporary.folder.appending(path: "weights"))
      async let python = Python.run(script, hub, temporary)
      while !FileManager.default.fileExists(atPath: temporary.folder.path + "/held") {
        try await Task.sleep(for: .milliseconds(2))
      }
      let folder = try await temporary.store(hub).pull(name)
      _ = try await python
      #expect(try bytes(folder, "model.safetensors") == FakeHub.weights)
      #expect(hub.cdn.requests.isEmpty)
    }
  }
}

/// A Python that the tests may run.
enum Python {
  static let path = ProcessInfo.processInfo.environment["NEEDLETAIL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

  /// Runs a script against a hub and a store and returns the JSON that its last line is.
  static func run(_ script: String, _ hub: FakeHub, _ temporary: TemporaryStore) async throws -> JSON {
    let process = Process()
    process.executableURL = URL(filePath: try #require(path))
    process.arguments = ["-c", script]
    process.environment = [
      "HOME": temporary.folder.path, "HF_HUB_CACHE": temporary.cache.path, "HF_ENDPOINT": hub.hub.address,
      "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_XET": "1",
      "NO_PROXY": "127.0.0.1", "PYTHONDONTWRITEBYTECODE": "1",
    ]
    let output = temporary.folder.appending(path: "output-\(UInt64.random(in: 0 ... .max))")
    let errors = temporary.folder.appending(path: "errors-\(UInt64.random(in: 0 ... .max))")
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
      process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { done.resume(throwing: error) }
    }
    let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    try #require(status == 0, "Python failed: \(said)")
    let lines = String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n")
    return try JSONDocument(parsing: String(lines.last ?? "")).root
  }
}
