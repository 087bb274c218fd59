import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizerTraining
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Trains on real text with the reference library at the same time.
@Suite(
  "Unigram training against the reference library on real text",
  .enabled(
    if: SharedData.runsSlowTests && SharedData.folder != nil && ReferenceLibrary.path != nil,
    "needs NEEDLETAIL_SLOW, NEEDLETAIL_PYTHON and the shared data"))
struct UnigramComparisonTests {
  @Test("texts are as probable, to 0.1 %, by vocabularies that have the same tokens", arguments: [1000, 8000, 32000])
  func likelihood(_ size: Int) async throws {
    let folder = try #require(SharedData.folder).appending(path: "pretrain-text")
    let files = ["tinyshakespeare.txt", "wiki-sentences.txt", "wikitext2-valid.txt"].map { folder.appending(path: $0) }
    let trainer = try TokenizerTrainer(TokenizerRecipe(.unigram), options: .init(vocabularySize: size))
    let trained = try await trainer.train(on: TrainingTexts(files: files))
    let temporary = try TemporaryFolder()
    _ = try ReferenceLibrary.run(
      """
      from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
      tokenizer = Tokenizer(models.Unigram())
      tokenizer.normalizer = normalizers.Sequence(
          [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
      tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
      tokenizer.train(\(JSONValue.array(files.map { .string($0.path) }).text()), trainers.UnigramTrainer(
          vocab_size=\(size), special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], unk_token="<unk>",
          show_progress=False))
      tokenizer.save("\(temporary.path)/tokenizer.json")
      print("{}")
      """)
    let file = URL(filePath: temporary.path + "/tokenizer.json")
    let reference = [UInt8](try Data(contentsOf: file))
    let held = try String(contentsOf: folder.appending(path: "wikitext2-test.txt"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
    let ours = try TrainingFixture.likelihood(held, trained.tokenizer, trained.tokenizerJSON)
    let theirs = try TrainingFixture.likelihood(held, Tokenizer(contentsOf: file), reference)
    #expect(abs(ours / theirs - 1) < 0.001)
    func tokens(_ json: [UInt8]) throws -> Set<[UInt8]> {
      let list = try JSONDocument(parsing: json, subject: "tokenizer").root.value("model").value("vocab")
      return Set(list.elements.map { Array($0.elements.first { _ in true }?.utf8 ?? []) })
    }
    let (one, other) = (try tokens(trained.tokenizerJSON), try tokens(reference))
    // Where two candidates cost the same to the last bit, rounding decides there.
    #expect(one.count == other.count && one.subtracting(other).count <= one.count / 1000)
  }
}
