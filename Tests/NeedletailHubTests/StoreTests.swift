import NeedletailHub
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("The store")
struct StoreTests {
  let name: ModelName

  init() throws { name = try ModelName(FakeHub.name) }

  @Test(
    "lies where the environment says",
    arguments: [
      (["HF_HUB_CACHE": "/a/b"], "/a/b"), (["HUGGINGFACE_HUB_CACHE": "/old"], "/old"), (["HF_HOME": "/h"], "/h/hub"),
      (["HF_HOME": "~/h"], "/home/x/h/hub"),
      (["HF_HUB_CACHE": "$SCRATCH/${SCRATCH}$NONE", "SCRATCH": "/s"], "/s//s$NONE"),
      (["XDG_CACHE_HOME": "/c"], "/c/huggingface/hub"), ([:], "/home/x/.cache/huggingface/hub"),
      (["HF_HUB_CACHE": "", "HF_HOME": ""], "/home/x/.cache/huggingface/hub"),
    ])
  func folder(environment: [String: String], path: String) {
    let store = ModelStore(environment: environment.merging(["HOME": "/home/x"]) { first, _ in first })
    #expect(store.folder.path.replacing("//", with: "/") == path.replacing("//", with: "/"))
  }

  @Test("is empty where its folder does not exist")
  func empty() throws {
    let store = try TemporaryStore().store()
    #expect(try store.list().isEmpty)
    #expect(try store.snapshot(of: name) == nil)
    #expect(throws: HubError.self) { try store.path(of: name) }
  }

  @Test("lists its models with revision, size, kind and last use")
  func list() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      try temporary.write([1], to: "datasets--a--b/blobs/x")
      try temporary.write([1], to: "models--tiny--part/snapshots/\(String(repeating: "b", count: 40))/config.json")
      let models = try temporary.store().list()
      #expect(models.map(\.name.description) == ["tiny/model", "tiny/part"])
      let model = try #require(models.first)
      #expect(model.folder == folder && model.revisions == ["main"] && model.isComplete)
      #expect(model.kind == .sentenceTransformer && model.fileCount == FakeHub.needed.count)
      #expect(model.size == FakeHub.needed.reduce(0) { $0 + (FakeHub.model[$1]?.bytes.count ?? 0) })
      #expect(abs(try #require(model.lastUse).timeIntervalSinceNow) < 600)
      #expect(models.last?.isComplete == false)
    }
  }

  /// A folder on a file system where a file may claim nearly any length, as memory has it on Linux.
  static let roomy: URL? = {
    let file = "/dev/shm/needletail-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: file) }
    guard FileManager.default.createFile(atPath: file, contents: nil) else { return nil }
    return unsafe truncate(file, 7 << 60) == 0 ? URL(filePath: "/dev/shm") : nil
  }()

  @Test("adds up lengths that no number holds", .enabled(if: roomy != nil, "no file system with such lengths"))
  func immense() async throws {
    let temporary = try TemporaryStore(in: try #require(Self.roomy))
    let blobs = ["a", "b", "c"].map { String(repeating: $0, count: 38) }
    let snapshot = "models--tiny--part/snapshots/\(String(repeating: "b", count: 40))"
    for name in blobs {
      for path in ["\(snapshot)/\(name)", "models--tiny--part/blobs/\(name)"] {
        try temporary.write([1], to: path)
        try #require(unsafe truncate(temporary.cache.path + "/" + path, 7 << 60) == 0)
      }
    }
    #expect(try temporary.store().list().map(\.size) == [.max])
    #expect(try await temporary.store().verify(ModelName("tiny/part")).unverifiable.count == 6)
  }

  @Test("is found sound after a pull")
  func sound() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      _ = try await temporary.store(hub).pull(name)
      try temporary.write([1, 2], to: "models--tiny--model/blobs/\(String(repeating: "c", count: 64)).incomplete")
      let report = try await temporary.store().verify(name)
      #expect(report.isSound && report.checkedFiles == FakeHub.needed.count && report.partialDownloads.count == 1)
      #expect(report.checkedBytes == FakeHub.needed.reduce(0) { $0 + (FakeHub.model[$1]?.bytes.count ?? 0) })
    }
  }

  @Test("shows a flipped bit, a missing blob, a link that leads out, and a branch that leads nowhere")
  func damage() async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let blob = temporary.repository.appending(path: "blobs/" + FakeHub.sha256(FakeHub.weights))
      var flipped = FakeHub.weights
      flipped[2_000_000] ^= 4
      try Data(flipped).write(to: blob)
      let tokenizer = try #require(FakeHub.model["tokenizer.json"]).bytes
      try FileManager.default.removeItem(
        at: temporary.repository.appending(path: "blobs/" + FakeHub.gitSHA1(tokenizer)))
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/out.json", withDestinationPath: "../../../../token")
      try temporary.write(Array(String(repeating: "d", count: 40).utf8), to: "models--tiny--model/refs/gone")
      let report = try await temporary.store().verify(name)
      let kinds = report.problems.map { "\($0.kind.rawValue) \(URL(filePath: $0.path).lastPathComponent)" }.sorted()
      #expect(
        kinds == [
          "bad-link out.json", "bad-link tokenizer.json", "dangling-revision gone",
          "incomplete 0123456789abcdef0123456789abcdef01234567",
          "wrong-checksum \(FakeHub.sha256(FakeHub.weights))",
        ])
      #expect(report.checkedFiles == FakeHub.needed.count - 1)
    }
  }

  @Test("fetches again what proves damaged, where that is asked for", arguments: ["model.safetensors", "modules.json"])
  func repair(file: String) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let good = try #require(FakeHub.model[file]).bytes
      let digits = file == "modules.json" ? FakeHub.gitSHA1(good) : FakeHub.sha256(good)
      let blob = temporary.repository.appending(path: "blobs/" + digits)
      var flipped = good
      flipped[good.count / 2] ^= 4
      try Data(flipped).write(to: blob)
      let report = try await temporary.store().verify(name)
      #expect(report.problems.first?.kind == .wrongChecksum)
      #expect(report.problems.first?.message.hasSuffix("needletail models pull --force tiny/model") == true)
      let before = hub.contentRequests(file).count
      #expect(try await temporary.store(hub).pull(name, repairs: true) == folder)
      let after = hub.contentRequests(file).count
      #expect(after > before)
      #expect([UInt8](try Data(contentsOf: blob)) == good)
      #expect(try await temporary.store().verify(name).isSound)
      let requests = hub.contentRequests("tokenizer.json").count
      _ = try await temporary.store(hub).pull(name, repairs: true)
      #expect(hub.contentRequests(file).count == after)
      #expect(hub.contentRequests("tokenizer.json").count == requests)
    }
  }

  @Test(
    "does not offer a model whose weights, parts, modules or tokenizer are missing",
    arguments: [
      "model.safetensors", "config.json", "1_Pooling/config.json", "tokenizer.json",
    ])
  func incomplete(file: String) async throws {
    try await FakeHub.with { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      try FileManager.default.removeItem(at: folder.appending(path: file))
      if file == "config.json" { try FileManager.default.removeItem(at: folder.appending(path: "modules.json")) }
      #expect(try temporary.store().snapshot(of: name) == nil)
      #expect(try await temporary.store(hub).pull(name) == folder)
      #expect(try temporary.store().snapshot(of: name) == folder)
    }
  }

  @Test("takes all parts of weights that an index names, and misses one that is gone")
  func parts() async throws {
    var files = FakeHub.model
    files["model.safetensors"] = nil
    files["model.fp16.safetensors"] = nil
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    for (number, part) in names.enumerated() { files[part] = .init(bytes: [UInt8(number)], isLarge: true) }
    files["model.safetensors.index.json"] = FakeHub.small(
      #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#)
    files["pytorch_model.bin.index.json"] = FakeHub.small("{}")
    try await FakeHub.with(files) { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let pulled = temporary.paths(folder).filter { $0.contains("model") && $0.contains("safetensors") }
      #expect(pulled == names + ["model.safetensors.index.json"])
      try FileManager.default.removeItem(at: folder.appending(path: names[1]))
      #expect(try temporary.store().snapshot(of: name) == nil)
    }
  }

  @Test("takes the folders of all routes of a router, and misses one that is gone")
  func routes() async throws {
    var files = FakeHub.model
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
      files["document_0_Transformer/\(file)"] = files[file]
      files[file] = nil
    }
    files["pytorch_model.bin"] = nil
    files["model.fp16.safetensors"] = nil
    files["document_1_Pooling/config.json"] = files["1_Pooling/config.json"]
    files["query_0_StaticEmbedding/model.safetensors"] = files["document_0_Transformer/model.safetensors"]
    files["query_0_StaticEmbedding/tokenizer.json"] = FakeHub.small("{}")
    files["modules.json"] = FakeHub.small(
      #"[{"path": "", "type": "sentence_transformers.base.modules.router.Router"}]"#)
    files["router_config.json"] = FakeHub.small(
      #"""
      {"types": {"query_0_StaticEmbedding": "sentence_transformers.x.StaticEmbedding",
                 "document_0_Transformer": "sentence_transformers.x.Transformer",
                 "document_1_Pooling": "sentence_transformers.x.Pooling"},
       "structure": {"query": ["query_0_StaticEmbedding"],
                     "document": ["document_0_Transformer", "document_1_Pooling"]},
       "parameters": {"default_route": "document"}}
      """#)
    try await FakeHub.with(files) { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let pulled = temporary.paths(folder)
      for path in files.keys where path.contains("_0_") || path.contains("document_1") || path.hasPrefix("router") {
        #expect(pulled.contains(path), "\(path)")
      }
      #expect(try temporary.store().snapshot(of: name) == folder)
      #expect(try ModelSummary(of: folder).modules == ["Transformer", "Pooling"])
      try FileManager.default.removeItem(at: folder.appending(path: "document_1_Pooling/config.json"))
      #expect(try temporary.store().snapshot(of: name) == nil)
    }
  }

  @Test("takes what BGE-M3 has beside its encoder")
  func heads() async throws {
    var files = FakeHub.model
    for head in ["sparse_linear.pt", "colbert_linear.pt"] { files[head] = .init(bytes: [1], isLarge: true) }
    files["imatrix.pt"] = .init(bytes: [1], isLarge: true)
    try await FakeHub.with(files) { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      #expect(temporary.paths(folder).filter { $0.hasSuffix(".pt") } == ["colbert_linear.pt", "sparse_linear.pt"])
    }
  }

  @Test("takes adapters that have folders of their own beside the weights")
  func adapters() async throws {
    var files = FakeHub.model
    for file in ["adapter_config.json", "adapter_model.safetensors", "README.md"] {
      files["retrieval_query/\(file)"] = .init(bytes: [1], isLarge: true)
      files["old/runs/\(file)"] = .init(bytes: [1], isLarge: true)
    }
    try await FakeHub.with(files) { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      #expect(
        temporary.paths(folder).filter { $0.contains("/adapter") }.sorted()
          == ["retrieval_query/adapter_config.json", "retrieval_query/adapter_model.safetensors"])
      #expect(temporary.paths(folder).allSatisfy { !$0.hasSuffix("README.md") })
    }
  }

  @Test("takes a PyTorch checkpoint where there are no safetensors, with its parts where it has some")
  func checkpoints() async throws {
    var files = FakeHub.model
    files["model.safetensors"] = nil
    files["other.safetensors"] = .init(bytes: [1], isLarge: true)
    try await FakeHub.with(files) { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      let pulled = temporary.paths(folder).filter { !$0.hasSuffix(".json") && !$0.hasSuffix(".jinja") }
      #expect(pulled == ["pytorch_model.bin"])
      #expect(try temporary.store().snapshot(of: name) == folder)
    }
    files["pytorch_model.bin"] = nil
    let names = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
    for (number, part) in names.enumerated() { files[part] = .init(bytes: [UInt8(number)], isLarge: true) }
    files["pytorch_model.bin.index.json"] = FakeHub.small(
      #"{"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"}}"#)
    try await FakeHub.with(files) { hub in
      let temporary = try TemporaryStore()
      let folder = try await temporary.store(hub).pull(name)
      #expect(temporary.paths(folder).filter { $0.contains("pytorch") } == names + ["pytorch_model.bin.index.json"])
      try FileManager.default.removeItem(at: folder.appending(path: names[1]))
      #expect(try temporary.store().snapshot(of: name) == nil)
    }
  }

  @Test("sums a model up from its descriptions and the headers of its weights")
  func summary() async throws {
    try await FakeHub.with { hub in
      let folder = try await TemporaryStoreKeeper.pull(hub, name)
      let summary = try ModelSummary(of: folder.url)
      #expect(summary.family == "bert" && summary.kind == .sentenceTransformer && summary.layers == 2)
      #expect(summary.modules == ["Transformer", "Pooling", "Normalize"] && summary.pooling == ["mean"])
      #expect(summary.parameters == 750_320 && summary.parametersByType == ["F32": 750_320])
      #expect(summary.dimensions == 8 && summary.maximumLength == 256 && summary.vocabularySize == 40)
      #expect(summary.prompts.map(\.name) == ["query", "document"])
      #expect(summary.files.map(\.path) == FakeHub.needed)
    }
  }

  @Test("sums up the weights of a PyTorch checkpoint")
  func checkpointSummary() throws {
    let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")
    let summary = try ModelSummary(of: fixtures.appending(path: "layout-checkpoint"))
    let other = try ModelSummary(of: fixtures.appending(path: "dense-tanh"))
    #expect(summary.parameters == other.parameters && summary.parameters > 10_000)
    #expect(summary.parametersByType == other.parametersByType && summary.dimensions == other.dimensions)
  }

  @Test(
    "refuses to sum up weights whose header lies",
    arguments: [
      [], [1, 2, 3], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [2, 0, 0, 0, 0, 0, 0, 0, 0x5B, 0x5D],
      Self.header(#"{"a": {"dtype": "F32", "shape": [4611686018427387904, 4]}}"#),
      Self.header(#"{"a": {"shape": [-1]}}"#),
      Self.header(#"{"a": {"dtype": "F32", "shape": [9223372036854775807]}, "b": {"dtype": "F32", "shape": [1]}}"#),
    ] as [[UInt8]])
  func lyingHeader(bytes: [UInt8]) throws {
    let temporary = try TemporaryStore()
    try temporary.write(Array("{}".utf8), to: "m/config.json")
    try temporary.write(bytes, to: "m/model.safetensors")
    let error = #expect(throws: HubError.self) { try ModelSummary(of: temporary.cache.appending(path: "m")) }
    #expect(error?.code == .badFolder)
  }

  static func header(_ text: String) -> [UInt8] { [UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8) }
}

/// A pulled model together with the store that it lives as long as.
struct TemporaryStoreKeeper {
  let store: TemporaryStore
  let url: URL

  static func pull(_ hub: FakeHub, _ name: ModelName) async throws -> TemporaryStoreKeeper {
    let store = try TemporaryStore()
    return TemporaryStoreKeeper(store: store, url: try await store.store(hub).pull(name))
  }
}

@Suite("Names of models and revisions")
struct NameTests {
  @Test(
    "are parsed as the hub spells them",
    arguments: [
      ("intfloat/e5-small-v2", "intfloat/e5-small-v2", "main"), ("gpt2", "gpt2", "main"),
      ("a/b@v1.0", "a/b", "v1.0"), ("a/b@refs/pr/1", "a/b", "refs/pr/1"),
      ("A_b.c/d-E", "A_b.c/d-E", "main"),
    ])
  func good(text: String, name: String, revision: String) throws {
    let reference = try ModelReference(text)
    #expect(reference.name.description == name && reference.revision.description == revision)
    #expect(try ModelReference(reference.description) == reference)
  }

  @Test(
    "are refused where no hub could hold them",
    arguments: [
      "", "/", "a/", "/b", "a/b/c", "..", "a/..", "a--b/c", "a/b..c", "-a/b", "a/b.", ".a/b", "a b/c", "ä/b", "a/b.git",
      "a/b\\c", "a/b\n", "a/b@", "a/b@../x", "a/b@a//b", "a/b@/x", "a/b@x/", "a/b@x y", "a/b@x\u{0}", "a/b@.x",
      "a/b@x.lock", "a/b@-x", String(repeating: "a", count: 97), "a/b@" + String(repeating: "a", count: 256),
    ])
  func bad(text: String) {
    let error = #expect(throws: HubError.self) { try ModelReference(text) }
    #expect(error?.code == .invalidName)
  }
}
