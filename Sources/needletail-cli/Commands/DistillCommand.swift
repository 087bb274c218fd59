import ArgumentParser
import Needletail
import NeedletailTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `needletail distill`: small models from large ones.
struct DistillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "distill", abstract: "Make a small model from a large one.", subcommands: [StaticDistillCommand.self])
}

/// `needletail distill static`: a static model from a transformer.
struct StaticDistillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "static", abstract: "Make a static model: one vector a token, no transformer.",
    usage: "needletail distill static --teacher <model> --output <folder> [<options>]",
    discussion: """
      The teacher's token states are averaged over a corpus, weighted by rarity and projected on the principal axes of \
      sentence vectors. The result is a sentence-transformers folder; at precision f32 Python opens it, too.

      Example: needletail distill static --teacher models/all-MiniLM-L6-v2 --corpus wiki.jsonl --output my-static
      """)

  @Option(help: ArgumentHelp("The transformer to distill: a folder, or a model's name on the hub.", valueName: "model"))
  var teacher: String

  @Option(help: ArgumentHelp("Where the static model is written; must not exist yet.", valueName: "folder"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Text to take frequencies, states and axes from, plain or JSONL with \"text\"; repeat it for several files.",
      valueName: "file"))
  var corpus: [String] = []

  @Option(help: "Features of the static vectors.")
  var dimensions = StaticDistillation.Options().dimensions

  @Option(
    help: "The a of the token weight a / (a + frequency); larger weighs more evenly. 0.01 with a corpus, else 0.001.")
  var sif: Double?

  @Option(help: "How many occurrences the state of a token standing alone counts for.")
  var aloneWeight = StaticDistillation.Options().aloneWeight

  @Option(help: "From 0, the teacher's proportions of the axes, to 1, all axes alike.")
  var whitening = StaticDistillation.Options().whitening

  @Option(help: "Tokens of a sentence that the teacher sees.")
  var maxLength = StaticDistillation.Options().maximumLength

  @Option(help: "How the table is stored: f32 or int8.")
  var precision = TablePrecision.f32

  @Option(help: "Threads that compute; all processors by default.")
  var threads: Int?

  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if let threads { try ModelOptions.checkThreads(threads) }
    guard maxLength >= 3 else {
      throw ValidationError("--max-length should leave room for a token between the special ones, found \(maxLength)")
    }
    if let sif, !(sif > 0 && sif.isFinite) { throw ValidationError("--sif should be a positive number, found \(sif)") }
    do { _ = try StaticDistillation(options: options) } catch {
      throw ValidationError("--\(error.subject.replacing(" ", with: "-")) \(error.message)")
    }
  }

  func run() async throws {
    let distillation = try StaticDistillation(options: options)
    let teacher = try await Embedder(ModelSource(teacher), team: ComputeTeam(threads: threads))
    let files = corpus.map { URL(filePath: $0) }
    let display = DistillationDisplay(quiet: outputOptions.quiet)
    defer { display.finish() }
    let made = try await distillation.run(
      teacher: teacher, corpus: files.isEmpty ? nil : TextCorpus(files: files), output: URL(filePath: output),
      precision: precision.precision, progress: display.show)
    if outputOptions.json {
      let result = JSONValue.object([
        "output": .string(output), "tokens": .integer(made.tokens), "dimensions": .integer(made.dimensions),
        "precision": .string(precision.rawValue),
      ])
      try StandardOutput.print(result.text())
    } else if !outputOptions.quiet {
      try StandardOutput.print("\(output): \(made.tokens) tokens, \(made.dimensions) features, \(precision.rawValue)")
    }
  }

  private var options: StaticDistillation.Options {
    var options = StaticDistillation.Options()
    options.dimensions = dimensions
    options.rarity = sif
    options.aloneWeight = aloneWeight
    options.whitening = whitening
    options.maximumLength = maxLength
    return options
  }
}

/// How the table is stored, as the command line spells it.
enum TablePrecision: String, CaseIterable, ExpressibleByArgument {
  case f32, int8

  var precision: StaticDistillation.Precision { self == .f32 ? .float32 : .int8 }
}

/// One progress bar for each stage of a distillation.
private final class DistillationDisplay {
  private let quiet: Bool
  private var stage: String?
  private var bar: ProgressBar?

  init(quiet: Bool) { self.quiet = quiet }

  func show(_ progress: StaticDistillation.Stage) {
    switch progress {
    case .tokens(let done, let total): advance("Tokens alone", done, total, "tokens")
    case .sentences(let done): advance("Tokens in context", done, nil, "sentences")
    case .axes(let done): advance("Axes", done, nil, "sentences")
    }
  }

  func finish() { bar?.finish() }

  private func advance(_ label: String, _ done: Int, _ total: Int?, _ unit: String) {
    if stage != label {
      bar?.finish()
      bar = ProgressBar(label, total: total, unit: unit, quiet: quiet)
      stage = label
    }
    bar?.advance(to: done)
  }
}
