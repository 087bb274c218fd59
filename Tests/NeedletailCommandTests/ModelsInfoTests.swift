import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("models info")
struct ModelsInfoTests {
  private static let fixtures = SharedData.repository.appending(path: "Tests/NeedletailEmbeddingTests/Fixtures")

  private static func info(_ program: Program, _ model: String) async throws -> JSON {
    let result = try await program.run("models", "info", model, "--json")
    #expect(result.status == 0 && result.errors.isEmpty)
    return try JSONDocument(parsing: result.output).root
  }

  @Test("describes a folder as an object, and as a table")
  func folder() async throws {
    try await Program.inFolder { program in
      let folder = Self.fixtures.appending(path: "prompts-default").path
      let json = try await Self.info(program, folder)
      #expect(try json.string("family") == "bert" && json.string("family_name") == "BERT")
      #expect(try json.boolean("supported") && json.value("refusal").isNull)
      #expect(try json.integer("parameters") == json.integer("active_parameters"))
      #expect(try json.integer("context_length") == 48 && json.integer("dimensions") == 24)
      #expect(try json.value("pooling").elements.map(\.string) == ["mean"])
      #expect(try json.string("default_prompt") == "query" || json.value("prompts").count > 0)
      for precision in ["f32", "bf16", "int8"] {
        #expect(try json.value("memory_bytes").integer(precision, in: 1...Int.max) > 1000)
      }
      #expect(try json.value("heads").elements.map { try $0.string("kind") } == ["pooler"])
      #expect(try json.value("ignored").value("tensors").count == 2)
      let table = try await program.run("models", "info", folder)
      #expect(table.status == 0 && table.errors.isEmpty)
      for text in [
        "BERT (model_type bert)", "memory at int8", "context length", "pooler.dense.weight", "config.json: ",
      ] {
        #expect(table.output.contains(text), "\(text)")
      }
    }
  }

  @Test("names the chat template, used or not", arguments: ["chat-flat", "cross-encoders/chat-plain-older", "plain"])
  func template(_ name: String) async throws {
    try await Program.inFolder { program in
      let folder = Self.fixtures.appending(path: name).path
      let json = try await Self.info(program, folder)
      let files = ["chat-flat": "chat_template.jinja", "cross-encoders/chat-plain-older": "tokenizer_config.json"]
      #expect(json.optional("chat_template")?.string == files[name])
      let table = try await program.run("models", "info", folder)
      #expect(table.output.contains("chat template") == (files[name] != nil))
      #expect(!table.output.contains("not read: file       chat_template"))
    }
  }

  @Test("describes a model that does not load, and says why")
  func refused() async throws {
    try await Program.inFolder { program in
      let folder = SharedData.repository
        .appending(path: "Tests/NeedletailModelsTests/Fixtures/refused-model-type").path
      let json = try await Self.info(program, folder)
      #expect(try json.boolean("supported") == false && json.string("refusal").contains("nezha"))
      #expect(try json.integer("parameters") > 1000 && json.value("ignored").isNull)
      let table = try await program.run("models", "info", folder)
      #expect(table.status == 0 && table.output.contains("no: ") && table.output.contains("nezha"))
    }
  }

  @Test("describes the bundled model")
  func bundled() async throws {
    try await Program.inFolder { program in
      let json = try await Self.info(program, "bundled")
      #expect(try json.value("path").isNull && json.string("kind") == "static-embedding")
      #expect(try json.integer("dimensions") == 248 && json.value("max_length").isNull)
      #expect(try await program.run("models", "info", "bundled").output.contains("inside the program"))
    }
  }

  @Test(
    "describes the real all-MiniLM-L6-v2", .enabled(if: SharedData.miniLM != nil, "run `make model`"))
  func miniLM() async throws {
    try await Program.inFolder { program in
      let json = try await Self.info(program, try #require(SharedData.miniLM).path)
      #expect(try json.integer("parameters") == 22_713_216 && json.integer("active_parameters") == 22_713_216)
      #expect(try json.integer("context_length") == 512 && json.integer("max_length") == 256)
      #expect(try json.integer("dimensions") == 384 && json.boolean("normalized"))
      let memory = try json.value("memory_bytes")
      // Without the pooler, in whole panels: 10.6 million numbers of products and 11.9 million of tables.
      let wide = try memory.integer("f32", in: 0...Int.max)
      #expect((90_000_000..<91_000_000).contains(wide))
      let products = 6 * (4 * 384 * 384 + 2 * 384 * 1536)
      #expect(try abs(memory.integer("bf16") - (wide - products * 2)) < 1_000_000)
      #expect(try abs(memory.integer("int8") - (wide - products * 3)) < 1_000_000)
    }
  }
}
