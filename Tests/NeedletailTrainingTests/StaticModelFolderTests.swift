import NeedletailJSON
import NeedletailTensor
import NeedletailTraining
import Synchronization
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Static model folders")
struct StaticModelFolderTests {
  private let table = Matrix(rows: 3, columns: 2, values: [0.5, -1, 0, 0, 1e-3, 3])
  private let tokenizer = """
    {"version": "1.0", "truncation": {"max_length": 128}, "padding": {"length": 1},
     "model": {"vocab": {"\\u00e9": 0, "e\u{301}": 1}, "p": -1.5}}
    """

  private func folder(_ root: URL) throws -> StaticModelFolder {
    let file = root.appending(path: "tokenizer.json")
    try Data(tokenizer.utf8).write(to: file)
    return StaticModelFolder(table: table, tokenizer: file, recipe: ["Teacher: a formula"])
  }

  @Test("float32 and int8 forms hold the table, the latter to half a step of each row")
  func tables() async throws {
    try await withTemporaryFolder { root in
      let kernels = try Kernels.preferred()
      let output = root.appending(path: "model")
      try folder(root).write(to: output, precision: .float32)
      let file = output.appending(path: "0_StaticEmbedding/model.safetensors")
      #expect(
        try TensorStore(file: file).floats("embedding.weight", shape: [3, 2], kernels: kernels).values == table.values)

      let small = root.appending(path: "small")
      try folder(root).write(to: small, precision: .int8)
      let bytes = small.appending(path: "0_StaticEmbedding/model.safetensors")
      let store = try TensorStore(file: bytes)
      #expect(store.names == ["embedding.scale", "embedding.weight"])
      #expect(store.entry("embedding.weight")?.type == .int8)
      #expect(store.entry("embedding.weight")?.shape == [3, 2])
      let scales = try store.floats("embedding.scale", shape: [3], kernels: kernels).values
      #expect(scales == [Float(1) / 127, 0, Float(3) / 127])
      let content = try Data(contentsOf: bytes)
      #expect(content.suffix(6).map { Int8(bitPattern: $0) } == [64, -127, 0, 0, 0, 127])
    }
  }

  @Test("rows of numbers so small that their scale is rounded are stored, not a crash")
  func tinyNumbers() async throws {
    try await withTemporaryFolder { root in
      let file = root.appending(path: "tokenizer.json")
      try Data(tokenizer.utf8).write(to: file)
      // 190 of the smallest steps: divided by 127 that is 1.5 steps, which rounds to one or two.
      let tiny = Float(bitPattern: 190)
      let table = Matrix(rows: 1, columns: 3, values: [tiny, -tiny, 0])
      let output = root.appending(path: "small")
      try StaticModelFolder(table: table, tokenizer: file, recipe: []).write(to: output, precision: .int8)
      let content = try Data(contentsOf: output.appending(path: "0_StaticEmbedding/model.safetensors"))
      let bytes = content.suffix(3).map { Int8(bitPattern: $0) }
      #expect(bytes[0] > 0 && bytes[1] == -bytes[0] && bytes[2] == 0)
    }
  }

  @Test("a corpus is read line by line, whatever its lines' ends and lengths")
  func corpusLines() async throws {
    try await withTemporaryFolder { root in
      let long = String(repeating: "long ", count: 500_000) + "end"
      let file = root.appending(path: "corpus.txt")
      try Data("One. Two!\r\n\n\(long)\nlast without an end".utf8).write(to: file)
      let found = Mutex<[String]>([])
      try await TextCorpus(files: [file]).forEachBatch(of: 2) { batch in found.withLock { $0 += batch } }
      #expect(found.withLock { $0 } == ["One.", "Two!", long, "last without an end"])
    }
  }

  @Test("the tokenizer keeps everything but its truncation and padding, letter for letter")
  func tokenizerFile() async throws {
    try await withTemporaryFolder { root in
      let output = root.appending(path: "model")
      try folder(root).write(to: output, precision: .float32)
      let file = output.appending(path: "0_StaticEmbedding/tokenizer.json")
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      let expected =
        "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
        + "\"model\":{\"vocab\":{\"\u{E9}\":0,\"e\u{301}\":1},\"p\":-1.5}}"
      #expect(Array(text.utf8) == Array(expected.utf8))
    }
  }

  @Test("the same table gives the same bytes, and nothing else is left in the folder above")
  func sameBytes() async throws {
    try await withTemporaryFolder { root in
      for name in ["one", "two"] { try folder(root).write(to: root.appending(path: name), precision: .int8) }
      for path in [
        "modules.json", "0_StaticEmbedding/model.safetensors", "README.md", "config_sentence_transformers.json",
      ] {
        let files = try ["one", "two"].map { try Data(contentsOf: root.appending(path: "\($0)/\(path)")) }
        #expect(files[0] == files[1], "\(path)")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
      #expect(left.sorted() == ["one", "tokenizer.json", "two"])
    }
  }

  @Test("a folder that holds something is left alone")
  func occupied() async throws {
    try await withTemporaryFolder { root in
      let error = #expect(throws: TrainingError.self) { try folder(root).write(to: root, precision: .int8) }
      #expect(error?.code == .file)
      let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
      #expect(left == ["tokenizer.json"])
    }
  }

  @Test("a tokenizer that is missing or malformed is an error and leaves nothing behind")
  func badTokenizer() async throws {
    try await withTemporaryFolder { root in
      let file = root.appending(path: "tokenizer.json")
      for content in [nil, "{\"model\": ", "[]"] {
        if let content { try Data(content.utf8).write(to: file) }
        let model = StaticModelFolder(table: table, tokenizer: file, recipe: [])
        let error = #expect(throws: TrainingError.self) {
          try model.write(to: root.appending(path: "model"), precision: .int8)
        }
        #expect(error?.code == .file)
        #expect(!FileManager.default.fileExists(atPath: root.appending(path: "model").path))
      }
    }
  }
}
