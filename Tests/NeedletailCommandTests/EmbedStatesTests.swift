import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the program writes of layers, tokens and attention, against transformers and sentence-transformers
/// (`Tools/reference/layer_goldens.py`).
@Suite("embed writes states and attention")
struct EmbedStatesTests {
  private static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")

  /// A model, and the texts of its goldens by their numbers.
  private struct Model {
    let folder: String
    let golden: Tensors
    let texts: [(number: Int, text: String)]

    init(_ name: String) throws {
      folder = EmbedStatesTests.fixtures.appending(path: name).path
      golden = try Tensors(EmbedStatesTests.fixtures.appending(path: "layers/\(name).safetensors"))
      let json = try EmbedStatesTests.json(EmbedStatesTests.fixtures.appending(path: "texts.json"))
      let all = try json.value("texts").elements.compactMap(\.string)
      texts = golden.numbers.map { ($0, all[$0]) }
    }

    /// The real MiniLM; `nil` where it was not fetched.
    init?(miniLM folder: URL?) throws {
      guard let folder else { return nil }
      self.folder = folder.path
      golden = try Tensors(EmbedStatesTests.fixtures.appending(path: "layers/minilm.safetensors"))
      let lines = try Data(contentsOf: EmbedStatesTests.fixtures.appending(path: "minilm/texts.jsonl"))
        .split(separator: UInt8(ascii: "\n"))
      texts = try golden.numbers.map {
        ($0, try JSONDocument(parsing: String(decoding: lines[$0], as: UTF8.self)).root.string("text"))
      }
    }

    /// The texts as JSON strings, a line each.
    var rows: String { texts.map { JSONValue.string($0.text).text() + "\n" }.joined() }
  }

  private static func json(_ file: URL) throws -> JSON {
    try JSONDocument(parsing: String(decoding: Data(contentsOf: file), as: UTF8.self)).root
  }

  /// The float32 tensors of a file.
  private struct Tensors {
    private let file: SafetensorsFile
    private let bytes: Data

    init(_ url: URL) throws {
      file = try SafetensorsFile(url)
      bytes = try Data(contentsOf: url)
    }

    var names: [String] { file.entries.keys.sorted() }
    /// Those of the texts that have layers.
    var numbers: [Int] { names.filter { $0.hasPrefix("layers.") }.compactMap { Int($0.dropFirst(7)) }.sorted() }

    func shape(_ name: String) throws -> [Int] { try #require(file.entries[name]).shape }

    func values(_ name: String) throws -> [Float] {
      let entry = try #require(file.entries[name])
      #expect(entry.type == .float32)
      return EmbedStatesTests.floats(bytes[entry.range])
    }
  }

  private static func floats(_ bytes: Data) -> [Float] {
    let bytes = Array(bytes)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }

  private static func run(_ program: Program, _ model: Model, _ arguments: [String]) async throws -> Program.Result {
    let running = try program.start(["embed", "--model", model.folder, "--input-format", "jsonl"] + arguments)
    try running.send(model.rows)
    return try await running.end()
  }

  @Test("the states of all layers, [layers, tokens, hidden], and of the tokens as they are pooled")
  func states() async throws {
    for model in try [Model("layout-3"), Model("pooling-cls"), Model(miniLM: SharedData.miniLM)].compactMap(\.self) {
      try await Program.inFolder { program in
        let results = [
          try await Self.run(program, model, ["--all-layers", "--output", "layers.safetensors"]),
          try await Self.run(
            program, model, ["--tokens", "--batch-tokens", "1", "--threads", "1", "--output", "tokens.safetensors"]),
          try await Self.run(
            program, model, ["--tokens", "--layer", "1", "--format", "safetensors", "--output", "one"]),
        ]
        #expect(results.allSatisfy { $0.status == 0 && $0.output.isEmpty && $0.errors.isEmpty })
        let layers = try Tensors(program.folder.appending(path: "layers.safetensors"))
        let tokens = try Tensors(program.folder.appending(path: "tokens.safetensors"))
        let one = try Tensors(program.folder.appending(path: "one"))
        #expect(layers.names.count == model.texts.count && tokens.names == layers.names)
        for (position, text) in model.texts.enumerated() {
          let expected = try model.golden.values("layers.\(text.number)")
          let found = try layers.values("\(position)")
          #expect(try layers.shape("\(position)") == model.golden.shape("layers.\(text.number)"))
          #expect(largestDifference(found, expected) <= 1e-4)
          let size = try layers.shape("\(position)").dropFirst().reduce(1, *)
          #expect(try tokens.shape("\(position)") == Array(layers.shape("\(position)").dropFirst()))
          #expect(try tokens.values("\(position)")[...] == found.suffix(size))
          #expect(try one.values("\(position)")[...] == found[size..<2 * size])
        }
      }
    }
  }

  @Test("the attention maps, [layers, heads, tokens, tokens]")
  func attention() async throws {
    for model in try [Model("layout-3"), Model(miniLM: SharedData.miniLM)].compactMap(\.self) {
      try await Program.inFolder { program in
        let result = try await Self.run(program, model, ["--attention", "--output", "maps.safetensors"])
        #expect(result.status == 0 && result.errors.isEmpty)
        let maps = try Tensors(program.folder.appending(path: "maps.safetensors"))
        #expect(maps.names.count == model.texts.count)
        for (position, text) in model.texts.enumerated() {
          #expect(try maps.shape("\(position)") == model.golden.shape("maps.\(text.number)"))
          let expected = try model.golden.values("maps.\(text.number)")
          #expect(largestDifference(try maps.values("\(position)"), expected) <= 1e-5)
        }
      }
    }
  }

  @Test("vectors of a layer, from the start and from the end")
  func layer() async throws {
    for model in try [Model("layout-3"), Model(miniLM: SharedData.miniLM)].compactMap(\.self) {
      try await Program.inFolder { program in
        let layers = model.golden.names.filter { $0.hasPrefix("vectors.") }.count
        for (layer, number) in [(0, 0), (1, 1), (-1, layers - 1), (-2, layers - 2)] {
          let result = try await Self.run(program, model, ["--layer", "\(layer)", "--output", "a.safetensors"])
          #expect(result.status == 0 && result.errors.isEmpty)
          let vectors = try Tensors(program.folder.appending(path: "a.safetensors"))
          let expected = try model.golden.values("vectors.\(number)")
          #expect(try vectors.shape("embeddings") == model.golden.shape("vectors.\(number)"))
          #expect(largestDifference(try vectors.values("embeddings"), expected) <= 2e-5, "layer \(layer)")
        }
      }
    }
  }

  @Test("npy holds the tokens of one text, and several are wrong usage")
  func npy() async throws {
    let model = try Model("layout-3")
    let text = try #require(model.texts.last)
    try await Program.inFolder { program in
      let result = try await program.run("embed", "--model", model.folder, "--tokens", "--output", "a.npy", text.text)
      #expect(result.status == 0)
      let bytes = try Data(contentsOf: program.folder.appending(path: "a.npy"))
      let shape = try model.golden.shape("layers.\(text.number)")
      #expect(String(decoding: bytes[..<128], as: UTF8.self).contains("'shape': (\(shape[1]), \(shape[2]))"))
      let expected = try model.golden.values("layers.\(text.number)").suffix(shape[1] * shape[2])
      #expect(largestDifference(Self.floats(bytes[128...]), expected) <= 1e-4)
      let several = try await Self.run(program, model, ["--tokens", "--output", "b.npy"])
      #expect(several.status == 64 && several.errors.contains("--format safetensors"))
      #expect(try program.names() == ["a.npy"])
    }
  }

  @Test(
    "what does not go together is wrong usage that says what does",
    arguments: [
      (["--tokens", "--format", "jsonl"], "--format safetensors"),
      (["--all-layers", "--output", "a.npy"], "safetensors"),
      (["--attention", "--output", "a.tsv"], "safetensors"), (["--attention", "--tokens"], "--attention"),
      (["--attention", "--layer", "1"], "--layer"), (["--all-layers", "--layer", "1"], "--layer"),
      (["--tokens", "--output", "a.npy", "two"], "one text"), (["--tokens", "--dimensions", "4"], "--dimensions"),
      (["--tokens", "--json"], "safetensors"),
    ])
  func usage(_ arguments: [String], _ said: String) async throws {
    try await Program.inFolder { program in
      let running = try program.start(["embed", "one"] + arguments)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(said))
      #expect(try program.names().isEmpty)
    }
  }

  @Test("a layer that is not there, and a model without states, are failures of one line")
  func failures() async throws {
    let model = try Model("layout-3")
    try await Program.inFolder { program in
      let beyond = try await program.run("embed", "--model", model.folder, "--layer", "3", "a")
      #expect(beyond.status == 1 && beyond.errors.contains("0 to 2"))
      for arguments in [["--tokens"], ["--attention"], ["--layer", "0"]] {
        let running = try program.start(["embed", "a", "--output", "a.safetensors"] + arguments)
        try running.send("")
        let result = try await running.end()
        #expect(
          result.status == 1 && result.errors.contains("static") && result.errors.split(separator: "\n").count == 1)
      }
      #expect(try program.names().isEmpty)
    }
  }
}
