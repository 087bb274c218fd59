import NeedletailTestSupport
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// Our tokenizers and the reference libraries over the same texts, by `Tools/reference/tokenizer_compare.py`.
///
/// Runs where `NEEDLETAIL_PYTHON` names a Python that has the packages, as `make test` arranges it.
@Suite(
  "Together with Python's tokenizers and sentencepiece",
  .enabled(if: python != nil, "set NEEDLETAIL_PYTHON to a Python that has tokenizers and sentencepiece to run these"))
struct TokenizerInteropTests {
  @Test("every tokenizer of the tests gives the libraries' encodings and texts")
  func fixtures() async throws {
    let result = try await compare("--small")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.lines.count > 40)
  }

  @Test("the comparison notices a corrupted answer of every kind", arguments: ["bert-uncased", "spm-plain"])
  func corruption(_ name: String) async throws {
    let result = try await compare("--small", "--self-test", "--names", name)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains(", 0 not noticed"))
  }

  @Test(
    "the field's tokenizers give the libraries' encodings and texts on 5,000 texts each and all of the test sets",
    .enabled(if: SharedData.runsSlowTests && SharedData.folder != nil, "set NEEDLETAIL_SLOW for the tests of minutes"))
  func field() async throws {
    let result = try await compare("--strings", "5000", "--folder", ".build/compare")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  private func compare(_ arguments: String...) async throws -> Program.Result {
    let tool = SharedData.repository.appending(path: "Tools/reference/tokenizer_compare.py").path
    let folder = try TemporaryFolder()
    let place = arguments.contains("--folder") ? [] : ["--folder", folder.path]
    let running = try Running(
      URL(filePath: try #require(python)), [tool, try Program.location().path] + arguments + place,
      folder: SharedData.repository)
    try running.send("")
    return try await running.end()
  }
}

private let python = ProcessInfo.processInfo.environment["NEEDLETAIL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
