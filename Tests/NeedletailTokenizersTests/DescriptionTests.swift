import NeedletailTokenizers
import Testing

@Suite("What a tokenizer prints")
struct DescriptionTests {
  @Test("a tokenizer is described in one line, without its vocabulary", arguments: ["gpt2", "bert-uncased", "xlm-r"])
  func description(_ name: String) throws {
    let tokenizer = try GoldenFixture.tokenizer(name)
    let kind = ["gpt2": "BPE", "bert-uncased": "WordPiece", "xlm-r": "Unigram"][name] ?? ""
    #expect("\(tokenizer)" == "Tokenizer(\(kind), \(tokenizer.vocabularySize) ids)")
    #expect(String(reflecting: tokenizer) == "\(tokenizer)")
    var dumped = ""
    dump(tokenizer, to: &dumped)
    #expect(dumped.utf8.count < 200)
  }
}
