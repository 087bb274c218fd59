import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail models merge` as a user runs it.
@Suite("The command models merge")
struct ModelsMergeTests {
  private static let tests = SharedData.repository.appending(path: "Tests")
  private static let base = tests.appending(path: "NeedletailEmbeddingTests/Fixtures/cased").path
  private static let adapter = tests.appending(path: "NeedletailEmbeddingTests/Adapters/sentence").path

  @Test("writes a folder that gives the vectors of the base with the adapter")
  func merge() async throws {
    try await Program.inFolder { program in
      let merge = ["models", "merge", Self.base, "--adapter", "\(Self.adapter)=0.5", "--output", "merged"]
      let running = try program.start(merge)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      #expect(result.output.hasSuffix("/merged\n"))
      let texts = "A swift in flight\nSwifts sleep on the wing.\n"
      let wanted = try await program.run(
        "embed", "--model", Self.base, "--adapter", "\(Self.adapter)=0.5", "--input", "-", "--output", "-",
        input: texts)
      let found = try await program.run("embed", "--model", "merged", "--input", "-", "--output", "-", input: texts)
      #expect(found.status == 0 && found.output == wanted.output && found.lines.count == 2)
      let again = try program.start(merge)
      try again.send("")
      let refused = try await again.end()
      #expect(refused.status == 1 && refused.errors.contains("--force"))
      let forced = try program.start(merge + ["--force", "--json"])
      try forced.send("")
      let replaced = try await forced.end()
      #expect(replaced.status == 0 && replaced.output.contains("\"left_out\": []"), "\(replaced.output)")
      #expect(try program.names().filter { $0 != "cache" && $0 != "hub" } == ["merged"])
    }
  }

  /// Vectors and states against sentence-transformers: `make merge-interop`.
  @Test(
    "safetensors for Python reads the weights, unchanged ones as they were",
    .enabled(if: python != nil, "set NEEDLETAIL_PYTHON to a Python that has safetensors and numpy to run this"))
  func interop() async throws {
    try await Program.inFolder { program in
      let merged = try await program.run(
        "models", "merge", Self.base, "--adapter", Self.adapter, "--output", "merged")
      #expect(merged.status == 0, "\(merged.errors)")
      let script = """
        import sys
        from safetensors import safe_open
        base, merged = (safe_open(f"{folder}/model.safetensors", "numpy") for folder in sys.argv[1:])
        assert merged.metadata() == {"format": "pt"}, merged.metadata()
        assert list(base.keys()) == list(merged.keys())
        for name in base.keys():
            one, other = base.get_tensor(name), merged.get_tensor(name)
            assert one.dtype == other.dtype and one.shape == other.shape, name
            changes = name.endswith(("query.weight", "value.weight"))
            assert (one != other).any() if changes else one.tobytes() == other.tobytes(), name
            print(name)
        """
      let running = try Running(
        URL(filePath: try #require(python)), ["-c", script, Self.base, program.path("merged")], folder: program.folder)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.lines.count > 10)
    }
  }

  @Test("a disk without room leaves nothing behind, and an older folder as it was")
  func full() async throws {
    try await Program.inFolder { program in
      try program.write("merged/config.json", "{}")
      // No file may grow beyond 8 blocks; without the signal, writing more is an error as on a full disk.
      let script = "trap '' XFSZ; ulimit -f 8; exec \"$@\""
      let running = try Running(
        URL(filePath: "/bin/sh"),
        [
          "-c", script, "sh", try Program.location().path, "models", "merge", Self.base, "--adapter", Self.adapter,
          "--output", "merged", "--force",
        ], folder: program.folder)
      try running.send("")
      let result = try await running.end()
      #expect(result.status == 1 && result.errors.contains("cannot be written"), "\(result.errors)")
      #expect(try program.names().filter { $0 != "cache" && $0 != "hub" } == ["merged"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: program.path("merged")) == ["config.json"])
    }
  }
}

private let python = ProcessInfo.processInfo.environment["NEEDLETAIL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
