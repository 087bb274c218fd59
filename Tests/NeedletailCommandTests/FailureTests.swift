import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("What goes wrong on the command line")
struct FailureTests {
  /// A command, the files before it, and what its one line of complaint names.
  struct Failure: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    var files: [(name: String, text: String)] = []
    let names: [String]
    /// Texts before the fault that are answered.
    var answered = 0
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let failures: [Failure] = [
    Failure(arguments: ["embed", "--input", "missing.txt"], names: ["missing.txt"]),
    Failure(arguments: ["embed", "--input", "."], names: [".", "folder"]),
    Failure(
      arguments: ["embed", "--input", "rows.jsonl"], files: [("rows.jsonl", "{\"text\": \"a\"}\n{\"txt\": 1}\n")],
      names: ["rows.jsonl:2", "text"], answered: 1),
    Failure(
      arguments: ["embed", "--input", "rows.jsonl"], files: [("rows.jsonl", "\"a\"\n{broken\n")],
      names: ["rows.jsonl:2"], answered: 1),
    Failure(
      arguments: ["embed", "--input", "a.json"], files: [("a.json", #"[{"text": "a"}]"#)], names: ["a.json:1", "array"]),
    Failure(
      arguments: ["embed", "--input", "a.jsonl"], files: [("a.jsonl", #"{"id": 18446744073709551615, "text": "a"}"#)],
      names: ["a.jsonl:1", "id"]),
    Failure(arguments: ["embed", "x", "--output", "missing/out.npy"], names: ["missing/out.npy"]),
    Failure(arguments: ["embed", "x", "--model", "missing-folder"], names: ["missing-folder"]),
    Failure(arguments: ["embed", "x", "--model", "nobody/nothing"], names: ["nobody/nothing", "models pull"]),
    Failure(
      arguments: ["embed", "x", "--model", "./model"], files: [("model/readme.txt", "nothing")], names: ["model"]),
    Failure(
      arguments: ["embed", "x", "--model", "./model"], files: [("model/config.json", "{\"model_type\": \"zebra\"}")],
      names: ["config.json", "zebra"]),
    Failure(
      arguments: ["embed", "x", "--model", "./model"], files: [("model/modules.json", "[{\"type\": 1}]")],
      names: ["modules.json"]),
    Failure(arguments: ["embed", "x", "--prompt", "nonesuch"], names: ["nonesuch"]),
    Failure(arguments: ["embed", "x", "--dimensions", "100000"], names: ["100000"]),
    Failure(arguments: ["embed", "x", "--tokens"], names: ["static"]),
    Failure(arguments: ["search", "x", "missing"], names: ["missing"]),
    Failure(
      arguments: ["tokenize", "--tokenizer", "t.json"], files: [("t.json", "{\"model\": 3}")], names: ["t.json"]),
    Failure(arguments: ["tokenize", "--tokenizer", "missing.json"], names: ["missing.json"]),
    Failure(arguments: ["eval", "sts", "missing.tsv"], names: ["missing.tsv"]),
    Failure(arguments: ["eval", "sts", "f.tsv"], files: [("f.tsv", "a\tb\n1\t2\n")], names: ["f.tsv:1", "score"]),
    Failure(
      arguments: ["eval", "sts", "f.tsv"],
      files: [("f.tsv", "score\tsentence1\tsentence2\n1\ta\tb\nx\ta\tb\n")], names: ["f.tsv:3"]),
    Failure(arguments: ["models", "pull", "no name"], names: ["no name"]),
    Failure(arguments: ["models", "path", "nobody/nothing"], names: ["nobody/nothing"]),
    Failure(arguments: ["models", "info", "missing"], names: ["missing", "no such folder", "models pull missing"]),
    Failure(
      arguments: ["embed", "x", "--model", "missing"], names: ["missing", "no such folder", "models pull missing"]),
    Failure(arguments: ["models", "info", "./missing"], names: ["./missing", "there is no such folder"]),
    Failure(
      arguments: ["models", "info", "folder"], files: [("folder/notes.txt", "text")],
      names: ["folder", "is it a model folder?"]),
    Failure(arguments: ["models", "path", "bundled"], names: ["bundled", "inside the program"]),
    Failure(arguments: ["models", "pull", "bundled"], names: ["bundled", "inside the program"]),
    Failure(
      arguments: ["models", "verify", "./folder"], files: [("folder/notes.txt", "text")],
      names: ["folder", "is it a model folder?"]),
    Failure(arguments: ["models", "verify", "nobody/nothing"], names: ["nobody/nothing"]),
    Failure(
      arguments: ["eval", "retrieval", "set"], files: [("set/corpus.jsonl", "{\"text\": 1}\n")],
      names: ["set/corpus.jsonl:1", "text"]),
    Failure(
      arguments: ["eval", "retrieval", "set"],
      files: [
        ("set/corpus.jsonl", "\"a\"\n"), ("set/queries.jsonl", "\"b\"\n"), ("set/qrels.tsv", "q\td\ts\n0\t0\tmuch\n"),
      ], names: ["set/qrels.tsv:2", "whole number"]),
    Failure(
      arguments: ["models", "path", "folder"], files: [("folder/config.json", "{}")],
      names: ["folder", "is a folder", "models info"]),
    Failure(
      arguments: ["distill", "static", "--teacher", "missing", "--output", "out"], names: ["missing"]),
    Failure(arguments: ["similarity", "--input", "one.txt"], files: [("one.txt", "a\n")], names: ["one.txt", "1"]),
  ]

  @Test(
    "a failure is one line that names the culprit, with exit status 1",
    arguments: failures)
  func failure(_ failure: Failure) async throws {
    try await Program.inFolder { program in
      for file in failure.files { try program.write(file.name, file.text) }
      let before = try program.names()
      let running = try program.start(failure.arguments)
      try running.send("x\n")
      let result = try await running.end()
      #expect(result.status == 1)
      #expect(result.lines.count == failure.answered)
      #expect(result.errors.hasPrefix("needletail: ") && result.errors.hasSuffix("\n"))
      #expect(result.errors.count { $0 == "\n" } == 1)
      for name in failure.names { #expect(result.errors.contains(name)) }
      #expect(try program.names().filter { $0 != "cache" && $0 != "hub" } == before)
    }
  }

  @Test(
    "a standard output that takes no more is an error",
    arguments: [["demo"], ["similarity", "a", "b"], ["tokenize", "x"], ["embed", "x"], ["demo", "--json"]])
  func fullOutput(_ arguments: [String]) async throws {
    try await Program.inFolder { program in
      let command = ([try Program.location().path] + arguments).joined(separator: " ") + " > /dev/full"
      let running = try Running(URL(filePath: "/bin/sh"), ["-c", command], folder: program.folder)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 1)
      #expect(result.errors.hasPrefix("needletail: standard output: cannot be written"))
    }
  }

  @Test("odd texts are embedded: NUL bytes, invalid UTF-8, a line of ten megabytes, nothing at all")
  func oddTexts() async throws {
    try await Program.inFolder { program in
      let long = [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
      let input = try program.write("odd.txt", [0, 0x0A, 0xFF, 0xC0, 0x0A] + long + [0x0A, 0x0A])
      let result = try await program.run("embed", "--input", input, "--format", "tsv")
      #expect(result.status == 0 && result.errors.isEmpty && result.lines.count == 4)
      let none = try await program.run("embed", "--input", try program.write("empty.txt", ""))
      #expect(none.status == 0 && none.output.isEmpty && none.errors.isEmpty)
    }
  }

  @Test(
    "an interruption ends with 130, leaves no new file, and an old one as it was",
    arguments: ["vectors.npy", "vectors.tsv"])
  func interruption(_ name: String) async throws {
    try await Program.inFolder { program in
      try program.write(name, "old")
      let running = try program.start(["embed", "--input", "-", "--output", name])
      try running.write((0..<10_000).map { "line \($0)\n" }.joined())
      while try program.names().count < 2 { try await Task.sleep(for: .milliseconds(5)) }
      running.interrupt()
      let result = try await running.end()
      #expect(result.status == 130)
      #expect(try program.names() == [name])
      #expect(try String(contentsOf: program.folder.appending(path: name), encoding: .utf8) == "old")
    }
  }
}
