import Needletail
import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Expected tokens and places are those of tokenizers 0.23.3 with the vocabulary of BERT.
@Suite("The command tokenize")
struct TokenizeTests {
  private static let gpt2 = SharedData.repository
    .appending(path: "Tests/NeedletailTokenizersTests/Fixtures/gpt2.tokenizer.json").path

  @Test("by default tokens and ids stand in a line a text, without colours in a pipe")
  func plain() async throws {
    try await Program.inFolder { program in
      let result = try await program.run("tokenize", "hello world", "a\tb\n")
      #expect(
        result.output
          == "[CLS] (101) hello (7592) world (2088) [SEP] (102)\n[CLS] (101) a (1037) b (1038) [SEP] (102)\n"
      )
      #expect(result.status == 0 && result.errors.isEmpty)
    }
  }

  @Test("--offsets writes columns into a pipe: what would break a line is written with a backslash")
  func offsets() async throws {
    try await Program.inFolder { program in
      let result = try await program.run("tokenize", "--offsets", "naïve 🙂 x\ty\\", "z")
      let expected = """
        text\tid\ttoken\tstart\tend\tpiece
        0\t101\t[CLS]\t0\t0\t
        0\t15743\tnaive\t0\t5\tnaïve
        0\t100\t[UNK]\t6\t7\t🙂
        0\t1060\tx\t8\t9\tx
        0\t1061\ty\t10\t11\ty
        0\t1032\t\\\\\t11\t12\t\\\\
        0\t102\t[SEP]\t0\t0\t
        1\t101\t[CLS]\t0\t0\t
        1\t1062\tz\t0\t1\tz
        1\t102\t[SEP]\t0\t0\t

        """
      #expect(Array(result.output.utf8) == Array(expected.utf8))
    }
  }

  @Test("--colors puts every piece on its ground, dims special tokens, marks the unknown and strikes what was cut")
  func colors() async throws {
    try await Program.inFolder { program in
      let text = "Tokenizing isn't hard 🙂"
      let whole = try Self.pieces(try await program.run("tokenize", "--colors", text).output)
      #expect(
        whole.map(\.text) == ["[CLS]", "Token", "izing", " ", "isn", "'", "t", " ", "hard", " ", "🙂", "[SEP]", "\n"])
      #expect(whole[0].codes == "2" && whole[11].codes == "2")
      #expect(whole[10].codes.hasSuffix("48;5;160"))
      #expect(whole[1].codes != whole[2].codes && whole[4].codes != whole[5].codes && whole[3].codes.isEmpty)
      for piece in whole where piece.codes.contains("48;5") { #expect(piece.codes.hasPrefix("38;5")) }
      let cut = try Self.pieces(try await program.run("tokenize", "--colors", "--max-length", "5", text).output)
      #expect(cut.map(\.text) == ["[CLS]", "Token", "izing", " ", "isn", "[SEP]", "'t hard 🙂", "\n"])
      #expect(cut[6].codes == "2;9")
      let end = try Self.pieces(
        try await program.run("tokenize", "--colors", "--max-length", "4", "--direction", "left", text).output)
      #expect(end.map(\.text) == ["Tokenizing isn't ", "[CLS]", "hard", " ", "🙂", "[SEP]", "\n"])
      #expect(end[0].codes == "2;9")
    }
  }

  @Test("--colors shows a character once where several tokens share it, and what steers a terminal as signs")
  func sharedCharacters() async throws {
    try await Program.inFolder { program in
      let result = try await program.run("tokenize", "--tokenizer", Self.gpt2, "--colors", "\u{A9C1}\u{1B}[31m\n")
      let pieces = try Self.pieces(result.output)
      // Its three bytes were never merged.
      #expect(pieces.prefix(3).map(\.text) == ["\u{A9C1}", "·", "·"])
      #expect(Set(pieces.prefix(3).map(\.codes)).count == 3)
      #expect(pieces.map(\.text).joined().hasSuffix("\u{241B}[31m\u{21B5}\n\n"))
    }
  }

  #if os(Linux)
    @Test(
      "colours come by themselves in a terminal, unless NO_COLOR is set",
      .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "there is no script(1)"))
    func terminal() async throws {
      try await Program.inFolder { program in
        func shown(_ setting: String, _ options: String) async throws -> String {
          let script = try Running(
            URL(filePath: "/usr/bin/script"),
            ["-qec", "\(setting) \(try Program.location().path) tokenize \(options) hello", "/dev/null"],
            folder: program.folder)
          try script.send("")
          return try await script.end().output
        }
        let colored = try await shown("env TERM=xterm", "")
        #expect(colored.contains("\u{1B}[38;5;16;48;5"))
        let table = try await shown("env TERM=xterm", "--offsets")
        #expect(table.contains("0..5"))
        let plain = try await [shown("env TERM=xterm NO_COLOR=1", ""), shown("env TERM=dumb", "--offsets")]
        for text in plain { #expect(text.contains("hello") && !text.contains("\u{1B}")) }
        let forced = try await shown("env NO_COLOR=1", "--colors")
        #expect(forced.contains("\u{1B}[38;5;16;48;5"))
      }
    }
  #endif

  @Test("--ids gives the ids of --json, of pairs and cut texts too, and --decode takes them back")
  func ids() async throws {
    try await Program.inFolder { program in
      let rows = "\"hello world again\"\n{\"text\": \"a b c\", \"pair\": \"hello\"}\n\"\"\n"
      for options in [[], ["--max-length", "4"], ["--no-special"], ["--max-length", "4", "--direction", "left"]] {
        let whole = try program.start(["tokenize", "--json"] + options)
        try whole.send(rows)
        let ids = try program.start(["tokenize", "--json", "--ids"] + options)
        try ids.send(rows)
        func values(_ output: String) throws -> [[Int?]] {
          try output.split(separator: "\n").map {
            try JSONDocument(parsing: String($0)).root.value("ids").elements.map(\.integer)
          }
        }
        let found = try await ids.end()
        let expected = try await whole.end()
        #expect(try values(found.output) == (try values(expected.output)))
        #expect(found.lines.count == 3)
      }
      #expect(try await program.run("tokenize", "--ids", "hello world", "").output == "101 7592 2088 102\n101 102\n")
      let decoded = try await program.run("tokenize", "--decode", "--json", input: "{\"ids\":[7592,2088]}\n")
      #expect(decoded.output == "\"hello world\"\n")
    }
  }

  @Test("bytes that are not UTF-8 read as U+FFFD", arguments: [[], ["--json"], ["--offsets"], ["--colors"], ["--ids"]])
  func invalidBytes(_ options: [String]) async throws {
    try await Program.inFolder { program in
      let damaged: [UInt8] = [0x63, 0x61, 0x66, 0xE9, 0x20, 0xFF, 0xFE, 0xE2, 0x82, 0x20, 0x6F, 0x6B]
      let quote = options == ["--json"] ? [UInt8(ascii: "\"")] : []
      try program.write("damaged", quote + damaged + quote)
      try program.write("replaced", quote + Array("caf\u{FFFD} \u{FFFD}\u{FFFD}\u{FFFD} ok".utf8) + quote)
      let found = try program.start(["tokenize", "--input", "damaged"] + options)
      let expected = try program.start(["tokenize", "--input", "replaced"] + options)
      try found.send("")
      try expected.send("")
      let result = try await found.end()
      #expect(result.status == 0 && !result.output.isEmpty)
      #expect(result.output == (try await expected.end().output))
    }
  }

  @Test("many texts keep their order on any number of threads, and what stands before a broken row is written")
  func threads() async throws {
    try await Program.inFolder { program in
      let lines = (0..<60_000).map { "\"line \($0) flies \(String(repeating: "on ", count: $0 % 7))\"" }
      try program.write("rows.jsonl", lines.joined(separator: "\n"))
      let one = try await program.run("tokenize", "--json", "--threads", "1", "--input", "rows.jsonl")
      let four = try await program.run("tokenize", "--json", "--threads", "4", "--input", "rows.jsonl")
      #expect(one.lines.count == 60_000)
      #expect(one.output == four.output)
      try program.write("broken.jsonl", (lines[..<50_000] + ["{}"] + lines[50_000...]).joined(separator: "\n"))
      let broken = try await program.run("tokenize", "--json", "--threads", "4", "--input", "broken.jsonl")
      #expect(broken.status == 1 && broken.errors.contains("broken.jsonl:50001"))
      #expect(broken.lines.count == 50_000 && one.output.hasPrefix(broken.output))
    }
  }

  @Test("texts of a pipe are answered before its end")
  func slowInput() async throws {
    try await Program.inFolder { program in
      let running = try program.start(["tokenize"])
      try running.write("hello\n")
      while try running.output().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      try running.send("world\n")
      let result = try await running.end()
      #expect(result.output == "[CLS] (101) hello (7592) [SEP] (102)\n[CLS] (101) world (2088) [SEP] (102)\n")
    }
  }

  @Test(
    "forms that exclude each other are wrong usage",
    arguments: [
      ["--offsets", "--colors"], ["--ids", "--decode"], ["--json", "--offsets"], ["--json", "--colors"],
      ["--threads", "0"],
    ])
  func usage(_ options: [String]) async throws {
    try await Program.inFolder { program in
      let running = try program.start(["tokenize"] + options)
      try running.send("")
      #expect(try await running.end().status == 64)
    }
  }

  /// A text apart at its colours.
  private static func pieces(_ text: String) throws -> [(codes: String, text: String)] {
    var pieces: [(codes: String, text: String)] = []
    var codes = ""
    for (index, part) in text.components(separatedBy: "\u{1B}[").enumerated() {
      guard index > 0 else {
        if !part.isEmpty { pieces.append(("", part)) }
        continue
      }
      let end = try #require(part.firstIndex(of: "m"))
      codes = String(part[..<end])
      let rest = String(part[part.index(after: end)...])
      if !rest.isEmpty { pieces.append((codes == "0" ? "" : codes, rest)) }
    }
    return pieces
  }
}
