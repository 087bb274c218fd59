import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("The command line")
struct CommandTests {
  @Test("demo answers at least seven of its eight questions, as text and as JSON")
  func demo() async throws {
    try await Program.inFolder { program in
      let shown = try await program.run("demo")
      #expect(shown.status == 0 && shown.errors.isEmpty)
      #expect(shown.output.contains("158 passages embedded"))
      let json = try JSONDocument(parsing: try await program.run("demo", "--json").output).root
      #expect(try json.integer("first", in: 0...8) >= 7)
      #expect(try Array(json.value("results").elements).count == 8)
    }
  }

  @Test("embed writes the library's vectors, in the order of the input and with its ids")
  func embedLines() async throws {
    try await Program.inFolder { program in
      let texts = ["A swift in flight", "", "Ünïcödé ☃"]
      let input =
        #"{"id": "a", "text": "A swift in flight"}"# + "\n" + #""""# + "\n" + #"{"_id": 7, "text": "Ünïcödé ☃"}"#
      let result = try await program.run("embed", input: input)
      #expect(result.status == 0 && result.errors.isEmpty)
      let vectors = try await Embedder(.bundled).embed(texts)
      let rows = try result.lines.map { try JSONDocument(parsing: String($0)).root }
      #expect(rows.map { $0.optional("id")?.string } == ["a", nil, nil])
      #expect(rows.map { $0.optional("id")?.integer } == [nil, 1, 7])
      for (row, json) in rows.enumerated() {
        let values = try json.value("embedding").elements.compactMap { $0.double.map { Float($0) } }
        #expect(values[...] == vectors[row: row])
      }
    }
  }

  @Test("a file named .txt is text whatever its first line looks like; --input-format decides otherwise")
  func inputFormats() async throws {
    try await Program.inFolder { program in
      try program.write("two.txt", "\"to be\"\nor not\n")
      #expect(try await program.run("embed", "--input", "two.txt").lines.count == 2)
      #expect(try await program.run("embed", "--input", "two.txt", "--input-format", "jsonl").status == 1)
      let wrong = try await program.run("embed", input: "{\"txt\": \"a\"}\n")
      #expect(wrong.status == 1 && wrong.errors.contains("standard input:1"))
    }
  }

  @Test("texts of a pipe are answered before its end, and those before a broken row, too")
  func slowInput() async throws {
    try await Program.inFolder { program in
      let running = try program.start(["embed"])
      try running.write("a\n")
      while try running.output().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      try running.send("b\n")
      #expect(try await running.end().lines.count == 2)
      let broken = try await program.run("embed", input: "{\"text\": \"a\"}\n{\"text\": \"b\"}\n{\n")
      #expect(broken.status == 1 && broken.lines.count == 2)
    }
  }

  @Test("npy, safetensors and tsv hold the same vectors")
  func formats() async throws {
    try await Program.inFolder { program in
      let texts = (0..<5000).map { "text number \($0)" }
      let input = try program.write("texts.txt", texts.joined(separator: "\n") + "\n")
      let vectors = try await Embedder(.bundled).embed(texts)
      let bytes = vectors.values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
      }
      for name in ["vectors.npy", "vectors.safetensors", "vectors.tsv"] {
        let result = try await program.run("embed", "--input", input, "--output", name)
        #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
      }
      let npy = Array(try Data(contentsOf: program.folder.appending(path: "vectors.npy")))
      #expect(String(decoding: npy[..<128], as: UTF8.self).contains("'shape': (5000, \(vectors.columns))"))
      #expect(npy.count == bytes.count + 128 && npy.suffix(bytes.count).elementsEqual(bytes))
      let tensors = Array(try Data(contentsOf: program.folder.appending(path: "vectors.safetensors")))
      #expect(tensors.suffix(bytes.count).elementsEqual(bytes))
      let rows = try String(contentsOf: program.folder.appending(path: "vectors.tsv"), encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: "\t") }
      #expect(rows.count == 5000)
      for (row, cells) in rows.enumerated() where row % 97 == 0 {
        #expect(cells[0] == "\(row)" && cells.dropFirst().compactMap { Float($0) }[...] == vectors[row: row])
      }
      #expect(try program.names() == ["texts.txt", "vectors.npy", "vectors.safetensors", "vectors.tsv"])
    }
  }

  @Test("similarity prints the cosine of two texts, and a table of more")
  func similarity() async throws {
    try await Program.inFolder { program in
      let two = try await program.run("similarity", "one and the same", "one and the same")
      #expect(two.output == "1.0000\n")
      let three = try await program.run("similarity", "a bird", "a swift", "taxes", "--json")
      let rows = try JSONDocument(parsing: three.output).root.value("similarity").elements.map {
        $0.elements.map(\.double)
      }
      let cosines = try await Embedder(.bundled).embed(["a bird", "a swift", "taxes"]).cosines(kernels: .preferred())
      #expect(rows.joined().map { $0.map { Float($0) } } == cosines.values.map { $0 })
      #expect(cosines.values[1] > cosines.values[2])
    }
  }

  @Test("rerank puts passages in the order of the cross-encoder, with ids and metadata")
  func rerank() async throws {
    try await Program.inFolder { program in
      let folder = SharedData.repository.appending(
        path: "Tests/NeedletailEmbeddingTests/Fixtures/cross-encoders/bert-identity")
      let query = "what eats insects?"
      let texts = ["the swift flies fast", "", "the old church tower", "a river in summer", "one two\tthree"]
      let rows = """
        {"id": "a", "text": "the swift flies fast", "metadata": {"page": 7, "tags": ["x", null]}}
        ""
        {"_id": 12, "text": "the old church tower"}
        {"text": "a river in summer", "metadata": null}
        "one two\\tthree"
        """
      let ranked = try await CrossEncoder(contentsOf: folder).rank(query, texts)
      let arguments = ["rerank", "--model", folder.path, query]
      let running = try program.start(arguments + ["--json", "-"])
      try running.send(rows)
      let result = try await running.end()
      #expect(result.status == 0 && result.errors.isEmpty)
      let found = Array(try JSONDocument(parsing: result.output).root.elements)
      #expect(try found.map { try $0.string("text") } == ranked.map(\.text))
      #expect(try found.map { Float(try $0.double("score")) } == ranked.map(\.score))
      let ids = try found.map { JSONValue(copying: try $0.value("id")).text() }
      #expect(ids == ranked.map { ["\"a\"", "1", "12", "3", "4"][$0.position] })
      for (row, result) in zip(found, ranked) {
        let metadata = row.optional("metadata").map { JSONValue(copying: $0).text() }
        #expect(metadata == (result.position == 0 ? "{\"page\":7,\"tags\":[\"x\",null]}" : nil))
      }

      let shown = try program.start(arguments + texts + ["--limit", "2", "--precision", "bf16", "--threads", "1"])
      try shown.send("")
      let lines = try await shown.end()
      #expect(lines.status == 0 && lines.lines.count == 2)
      let scores = lines.lines.compactMap { Double($0.split(separator: "\t")[0]) }
      #expect(scores.count == 2 && scores[0] >= scores[1])

      // What is asked goes into the chat template of a model that has one, as what the system says.
      let asked = folder.deletingLastPathComponent().appending(path: "chat-qwen3")
      var configuration = CrossEncoderConfiguration()
      configuration.prompt = .text("is this old?")
      let judged = try await CrossEncoder(contentsOf: asked, configuration: configuration).rank(query, texts)
      let asking = try program.start(
        ["rerank", "--model", asked.path, "--instruction", "is this old?", "--json", query] + texts)
      try asking.send("")
      let chosen = try await asking.end()
      let places = try JSONDocument(parsing: chosen.output).root.elements.map { try $0.integer("id") }
      #expect(chosen.status == 0 && places == judged.map(\.position))

      let wrong = try await program.run("rerank", "--model", "bundled", query, "a")
      #expect(wrong.status == 1 && wrong.errors.contains("bundled"))
      let vectors = folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: "cased").path
      let other = try await program.run("rerank", "--model", vectors, query, "a")
      #expect(other.status == 1 && other.errors.contains("SentenceTransformer"))
      let nothing = try await program.run("rerank", "--model", folder.path, query, "--json")
      #expect(nothing.status == 0 && nothing.output == "[]\n")
    }
  }

  @Test("tokenize gives ids that decode to the text")
  func tokenize() async throws {
    try await Program.inFolder { program in
      let encoded = try await program.run("tokenize", "--json", "hello world")
      let json = try JSONDocument(parsing: encoded.output).root
      #expect(try json.value("ids").elements.map(\.integer) == [101, 7592, 2088, 102])
      let decoded = try await program.run("tokenize", "--decode", "--no-special", input: encoded.output)
      #expect(decoded.output == "hello world\n")
    }
  }

  @Test("search finds the passage and answers from the cache the second time")
  func search() async throws {
    try await Program.inFolder { program in
      try program.write("docs/birds.md", "# Birds\n\nSwifts sleep while they fly.\n")
      try program.write("docs/money.txt", "The bank raised its interest rate.\n")
      for _ in 0..<2 {
        let result = try await program.run("search", "flying animals", "docs", "--json")
        #expect(result.status == 0 && result.errors.isEmpty)
        let hits = try JSONDocument(parsing: result.output).root.elements.map { try $0.string("path") }
        #expect(hits.first == "docs/birds.md")
        #expect(hits.count == 2)
      }
    }
  }

  @Test("bench measures the machine, the work and where its time goes, and draws it")
  func bench() async throws {
    try await Program.inFolder { program in
      let input = try program.write("texts.txt", "a swift in flight\na second text\n")
      let arguments = ["bench", "--input", input, "--repeat", "1", "--calls", "10"]
      let running = try program.start(arguments + ["--json", "--roofline", "roofline.svg"])
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 0 && result.errors.isEmpty)
      let json = try JSONDocument(parsing: result.output).root
      #expect(try json.integer("texts") == 2)
      let names = ["texts_per_second", "tokens_per_second", "p50", "p95", "p99", "start_seconds", "peak_memory_bytes"]
      for name in names { #expect(try json.double(name) > 0, "\(name)") }
      let machine = try json.value("machine")
      for (_, limit) in machine.members { #expect((limit.double ?? 0) > 1e8) }
      #expect(try json.value("profile").elements.contains { try $0.string("part") == "tokenizing" })
      let plot = try String(contentsOfFile: program.path("roofline.svg"), encoding: .utf8)
      #expect(plot.hasPrefix("<svg") && plot.hasSuffix("</svg>\n"))
      let shown = try program.start(arguments + ["--profile"])
      try shown.send("")
      #expect(try await shown.end().output.contains("tokenizing"))
    }
  }

  @Test("verify compares the precisions of a model folder with float32")
  func verify() async throws {
    try await Program.inFolder { program in
      let bundled = try await program.run("models", "verify", "bundled")
      #expect(bundled.status == 0 && bundled.output.contains("static"))
      let folder = SharedData.repository.appending(
        path: "Tests/NeedletailEmbeddingTests/Fixtures/cased"
      ).path
      let result = try await program.run("models", "verify", folder, "--json")
      #expect(result.status == 0)
      let model = try #require(
        try JSONDocument(parsing: result.output).root.value("models").elements.first { _ in true })
      let precisions = Array(try model.value("precisions").elements)
      #expect(try precisions.map { try $0.string("precision") } == ["bf16", "int8"])
      for precision in precisions {
        #expect(try precision.double("mean_cosine") > 0.9)
        #expect(try precision.integer("texts") > 150)
        #expect(try precision.value("ndcg_at_10").count == 1)
      }
    }
  }

  @Test(
    "wrong usage ends with 64 and says what is right",
    arguments: [
      ["nonsense"], ["embed", "--dimensions", "0"], ["search", "x"], ["similarity", "x"],
      ["demo", "--threads", "100000"], ["search", " ", "."], ["embed", "x", "--output", "x.weird"],
      ["bench", "encode", "--repeat", "9223372036854775807"], ["search", "x", ".", "--min-score", "-2"],
      ["bench", "--calls", "1"], ["models", "verify", "--sts", "pairs.tsv"], ["rerank", "a query"],
      ["rerank", "--model", "x", "q", "--limit", "0"],
    ])
  func usage(_ arguments: [String]) async throws {
    try await Program.inFolder { program in
      let running = try program.start(arguments)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty)
    }
  }
}
