import NeedletailJSON
import NeedletailTestSupport
import NeedletailTokenizerTraining
import NeedletailTokenizers
import Testing

#if canImport(FoundationEssentials)
  import Foundation
  import FoundationEssentials
#else
  import Foundation
#endif

/// Trained tokenizers in Python, and Python's trainers beside ours.
///
/// Runs where `NEEDLETAIL_PYTHON` names a Python that has the packages, as `make test` arranges it.
@Suite(
  "Training together with Python's tokenizers and transformers",
  .enabled(if: python != nil, "set NEEDLETAIL_PYTHON to a Python that has tokenizers and transformers to run these"))
struct TrainingInteropTests {
  @Test(
    "AutoTokenizer and tokenizers open what was trained, and give the same ids and texts",
    arguments: [TokenizerRecipe.Preset.bert, .byteLevel, .llama3, .qwen2, .metaspace, .wordLevel])
  func opens(_ preset: TokenizerRecipe.Preset) async throws {
    let folder = try TemporaryFolder()
    let lines = try TrainingFixture.lines()
    let trained = try await TokenizerTrainer(
      TokenizerRecipe(preset), options: .init(vocabularySize: 700, specialTokens: ["<new>"])
    ).train(on: TrainingTexts(lines))
    try folder.write("tokenizer.json", trained.tokenizerJSON)
    try folder.write("tokenizer_config.json", trained.configurationJSON)
    let texts = lines[..<120] + ["a <new> swift's 1234 œuvres 🦜", "[MASK] <mask> <|im_start|>"]
    try folder.write("texts.json", JSONValue.array(texts.map { .string($0) }).text())
    let script = """
      import json, tokenizers, transformers
      texts = json.load(open("texts.json"))
      plain, auto = tokenizers.Tokenizer.from_file("tokenizer.json"), transformers.AutoTokenizer.from_pretrained(".")
      rows = [[plain.encode(t).ids, auto(t)["input_ids"]] for t in texts]
      print(json.dumps({"ids": rows, "texts": [plain.decode(r[0], skip_special_tokens=False) for r in rows],
        "pad": auto.pad_token_id, "size": len(auto), "special": auto.all_special_ids}))
      """
    let result = try await run(["-c", script], in: folder)
    for (text, row) in zip(texts, try result.value("ids").elements) {
      let own = try trained.tokenizer.encode(text).ids
      for ids in row.elements { #expect(ids.elements.map { $0.integer.map { Int32($0) } } == own, "\(text)") }
    }
    for (text, theirs) in zip(texts, try result.strings("texts")) {
      let ids = try trained.tokenizer.encode(text).ids
      #expect(Array(try trained.tokenizer.decode(ids, skippingSpecialTokens: false).utf8) == Array(theirs.utf8))
    }
    #expect(try result.integer("size") == trained.tokenizer.vocabularySize)
    let padding = try #require(JSONDocument(parsing: trained.configurationJSON).root["pad_token"]?.string)
    #expect(try result.integer("pad") == trained.tokenizer.id(forToken: padding).map { Int($0) })
    #expect(try result.value("special").elements.allSatisfy { trained.tokenizer.isSpecial(Int32($0.integer ?? -1)) })
  }

  static let recipes: [(name: String, json: String)] = [
    (
      "wordpiece",
      #"""
      {"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
        "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece",
        "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}}
      """#
    ),
    (
      "byte-level",
      #"""
      {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE"}}
      """#
    ),
    (
      "bpe",
      #"{"pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "BPE", "unk_token": "[UNK]"}}"#
    ),
    (
      "suffix",
      #"""
      {"pre_tokenizer": {"type": "WhitespaceSplit"}, "model": {"type": "BPE", "unk_token": "[UNK]",
        "end_of_word_suffix": "</w>"}}
      """#
    ),
    (
      "metaspace",
      #"""
      {"normalizer": {"type": "NFKC"}, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁",
        "prepend_scheme": "always", "split": true}, "model": {"type": "BPE", "unk_token": "[UNK]", "fuse_unk": true}}
      """#
    ),
    ("wordlevel", #"{"pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordLevel", "unk_token": "[UNK]"}}"#),
  ]

  /// Files of the test sets and options: sizes for all kinds of models, other options for those that have them.
  static let plans: [(files: [String], options: String, names: [String])] =
    [1000, 8000, 30_000].map { (pretraining, #"{"vocab_size": \#($0)}"#, recipes.map(\.name)) } + [
      (pretraining, #"{"vocab_size": 8000, "min_frequency": 50}"#, recipes.map(\.name)),
      (pretraining, #"{"vocab_size": 8000, "limit_alphabet": 60}"#, ["wordpiece", "bpe", "suffix", "metaspace"]),
      (pretraining, #"{"vocab_size": 8000, "max_token_length": 5}"#, ["bpe", "byte-level", "metaspace"]),
      (["udhr/udhr.jsonl"], #"{"vocab_size": 8000}"#, recipes.map(\.name)),
      (["udhr/udhr.jsonl"], #"{"vocab_size": 30000, "min_frequency": 2}"#, recipes.map(\.name)),
    ]

  private static let pretraining = [
    "state_union.jsonl", "tinyshakespeare.txt", "wiki-sentences.txt", "wikitext2-test.txt", "wikitext2-valid.txt",
  ].map { "pretrain-text/\($0)" }

  @Test(
    "vocabularies of real text are those that the reference trainers make beside us",
    .enabled(if: SharedData.runsSlowTests && SharedData.folder != nil, "set NEEDLETAIL_SLOW for the tests of minutes"),
    arguments: plans.indices)
  func live(_ plan: Int) async throws {
    let data = try #require(SharedData.folder)
    let plan = Self.plans[plan]
    let files = plan.files.map { data.appending(path: $0) }
    for recipe in Self.recipes where plan.names.contains(recipe.name) {
      let folder = try TemporaryFolder()
      let special = #"["[PAD]", "[UNK]"]"#
      let settings = plan.options.dropLast() + #", "special_tokens": \#(special)}"#
      let paths = JSONValue.array(files.map { .string($0.path) }).text()
      try folder.write(
        "plan.json",
        #"{"files": \#(paths), "options": \#(settings), "recipe": \#(recipe.json), "#
          + #""byte_alphabet": \#(recipe.name == "byte-level")}"#)
      let tool = SharedData.repository.appending(path: "Tools/reference/training_goldens.py").path
      let theirs = try await run([tool, "--compare", "plan.json"], in: folder)
      var options = try TrainingFixture.options(JSONDocument(parsing: String(settings)).root)
      options.specialTokens = try theirs.strings("special_tokens")
      let trainer = try TokenizerTrainer(
        TokenizerRecipe(tokenizerJSON: Array(recipe.json.utf8), subject: recipe.name), options: options)
      let model = try await JSONDocument(
        parsing: trainer.train(on: TrainingTexts(files: files)).tokenizerJSON
      ).root.value("model")
      let isSame =
        try TrainingFixture.bytes(TrainingFixture.vocabulary(model))
        == TrainingFixture.bytes(theirs.strings("tokens"))
      #expect(isSame, "\(recipe.name), \(plan.options): the tokens differ")
      let hasMerges = theirs.optional("merges") != nil
      #expect(hasMerges == (model["merges"] != nil))
      if hasMerges {
        let isSame = try TrainingFixture.pairs(model.value("merges")) == TrainingFixture.pairs(theirs.value("merges"))
        #expect(isSame, "\(recipe.name), \(plan.options): the merges differ")
      }
    }
  }

  /// Runs Python and reads the JSON that its last line is.
  private func run(_ arguments: [String], in folder: TemporaryFolder) async throws -> JSON {
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder.path)
    process.environment = [
      "HOME": folder.path, "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1",
      "PYTHONDONTWRITEBYTECODE": "1", "TOKENIZERS_PARALLELISM": "true",
    ]
    let files = ["output", "errors"].map { URL(filePath: folder.path).appending(path: $0) }
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = {
      continuation.yield($0.terminationStatus)
      continuation.finish()
    }
    try process.run()
    var status: Int32 = -1
    for await ending in stream { status = ending }
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    try #require(status == 0, "\(texts[1])")
    return try JSONDocument(parsing: String(texts[0].split(separator: "\n").last ?? "")).root
  }
}

private let python = ProcessInfo.processInfo.environment["NEEDLETAIL_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
