import ArgumentParser
import Needletail
import NeedletailEmbedding

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail tokenizer train`: a vocabulary from texts.
struct TokenizerTrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a tokenizer on texts.",
    usage: "needletail tokenizer train <file> ... --output <folder> [<options>]",
    discussion: """
      Files ending in .jsonl have a JSON string or an object with "text" a line; of any other file every line is a text. \
      The same texts in any order, on any number of threads, give the same tokenizer: the one that the tokenizers \
      package of PyPI trains with the same settings. Its folder opens in Python's transformers, too.

      A preset says how texts are normalized and split and which special tokens there are: bert (for --type wordpiece), \
      byte-level (the default), llama3 and qwen2 (--type byte-level), metaspace (--type bpe), unigram, wordlevel. \
      --like takes all of that from an existing tokenizer.

      Examples:
        needletail tokenizer train corpus.txt --output my-tokenizer
        needletail tokenizer train *.jsonl --type wordpiece --lowercase --vocab-size 16000 --output my-bert
        needletail tokenizer train - --like model/tokenizer.json --output tokenizer.json < corpus.txt
      """)

  @Argument(help: ArgumentHelp("Texts to train on; - is standard input, a text a line.", valueName: "file"))
  var files: [String]

  @Option(
    help: ArgumentHelp(
      "Where the tokenizer is written: a folder without a tokenizer, or a file named .json for tokenizer.json alone.",
      valueName: "folder"))
  var output: String

  @Option(help: ArgumentHelp("The kind of the model.", valueName: "type"))
  var type: TokenizerType?

  @Option(help: ArgumentHelp("The pipeline around the model; see above.", valueName: "preset"))
  var preset: TokenizerPreset?

  @Option(help: ArgumentHelp("A tokenizer.json, or a folder with one, to train anew.", valueName: "file"))
  var like: String?

  @Option(help: ArgumentHelp("How many tokens the vocabulary has at most.", valueName: "count"))
  var vocabSize = TokenizerTrainer.Options().vocabularySize

  @Option(
    help: ArgumentHelp("How often a pair of tokens, or a word, must be seen to become a token.", valueName: "count"))
  var minFrequency = TokenizerTrainer.Options().minimumFrequency

  @Option(
    name: .customLong("special-token"),
    help: ArgumentHelp("A special token beside those of the preset; repeat it for several.", valueName: "token"))
  var specialTokens: [String] = []

  @Flag(help: "Make all letters lowercase.")
  var lowercase = false

  @Option(help: ArgumentHelp("The most characters that get a token; the rarest do not.", valueName: "count"))
  var limitAlphabet: Int?

  @Option(
    help: ArgumentHelp("The most characters that a token made of several has; bpe and byte-level.", valueName: "count"))
  var maxTokenLength: Int?

  @Option(help: "Threads that read texts; all processors by default.")
  var threads: Int?

  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    guard !files.contains("-") || files.count == 1 else {
      throw ValidationError("- stands for standard input; give it alone, or files alone")
    }
    guard !files.contains("") else { throw ValidationError("the name of a file should not be empty") }
    guard like == nil || (type == nil && preset == nil) else {
      throw ValidationError("--like takes type and preset from the tokenizer; leave --type and --preset out")
    }
    if let type, let preset, !type.presets.contains(preset) {
      throw ValidationError("--preset \(preset.rawValue) is not for --type \(type.rawValue)")
    }
    guard output != "-" || !outputOptions.json else {
      throw ValidationError("--json and the tokenizer cannot both go to standard output")
    }
    if let maxTokenLength, maxTokenLength < 2 {
      throw ValidationError("--max-token-length should be at least 2, found \(maxTokenLength)")
    }
    if let threads { try ModelOptions.checkThreads(threads) }
    if like == nil { try checkOptions() }
  }

  /// What the trainer says about the options, in the words of a wrong usage.
  private func checkOptions() throws {
    do { _ = try trainer() } catch let error as TokenizerError { throw ValidationError(error.message) }
  }

  func run() async throws {
    let trainer = try trainer()
    let destination = try TokenizerDestination(output)
    let display = TrainingDisplay(quiet: outputOptions.quiet)
    defer { display.finish() }
    let trained = try await trainer.train(on: texts(), progress: display.show)
    try Task.checkCancellation()
    try destination.write(trained)
    display.finish()
    let (kind, count) = (trainer.recipe.modelType, trained.tokenizer.vocabularySize)
    if outputOptions.json {
      let result = JSONValue.object([
        "output": .string(output), "model": .string(kind), "tokens": .integer(count),
        "merges": .integer(trained.mergeCount), "words": .integer(trained.wordCount),
        "texts": .integer(trained.textCount),
        "special_tokens": .array(trainer.recipe.specialTokenContents.map { .string($0) }),
      ])
      try StandardOutput.print(result.text())
    } else if !outputOptions.quiet, output != "-" {
      try StandardOutput.print(
        "\(output): \(kind), \(count) tokens, from \(trained.wordCount) different words of \(trained.textCount) texts")
    }
  }

  private func trainer() throws -> TokenizerTrainer {
    var options = TokenizerTrainer.Options(
      vocabularySize: vocabSize, minimumFrequency: minFrequency, specialTokens: specialTokens)
    options.alphabetLimit = limitAlphabet
    // The library's limit is one that is not reached.
    options.maximumTokenLength = maxTokenLength.map { $0 + 1 }
    options.threads = threads
    let recipe = try recipe()
    return try TokenizerTrainer(lowercase ? recipe.lowercasing() : recipe, options: options)
  }

  private func recipe() throws -> TokenizerRecipe {
    guard let like else { return try TokenizerRecipe((preset ?? (type ?? .byteLevel).presets[0]).preset) }
    let place = URL(filePath: like)
    var isFolder = false
    if let kind = try? FileManager.default.attributesOfItem(atPath: place.path)[.type] as? FileAttributeType {
      isFolder = kind == .typeDirectory
    }
    return try TokenizerRecipe(contentsOf: isFolder ? place.appending(path: "tokenizer.json") : place)
  }

  private func texts() -> TrainingTexts {
    guard files == ["-"] else { return TrainingTexts(files: files.map { URL(filePath: $0) }) }
    return TrainingTexts {
      let lines = try LineSource("-")
      return { try lines.next(keepingEnd: true).map(Array.init) }
    }
  }
}

/// The kinds of models, as the command line spells them.
enum TokenizerType: String, CaseIterable, ExpressibleByArgument {
  case bpe
  case byteLevel = "byte-level"
  case wordpiece, unigram, wordlevel

  /// The presets that train such a model; the first is the usual one.
  var presets: [TokenizerPreset] {
    switch self {
    case .bpe: [.metaspace]
    case .byteLevel: [.byteLevel, .llama3, .qwen2]
    case .wordpiece: [.bert]
    case .unigram: [.unigram]
    case .wordlevel: [.wordlevel]
    }
  }
}

/// The presets, as the command line spells them.
enum TokenizerPreset: String, CaseIterable, ExpressibleByArgument {
  case bert
  case byteLevel = "byte-level"
  case llama3, qwen2, metaspace, unigram, wordlevel

  var preset: TokenizerRecipe.Preset {
    switch self {
    case .bert: .bert
    case .byteLevel: .byteLevel
    case .llama3: .llama3
    case .qwen2: .qwen2
    case .metaspace: .metaspace
    case .unigram: .unigram
    case .wordlevel: .wordLevel
    }
  }
}
